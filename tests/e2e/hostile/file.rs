//! Files that are not what they should be: something else, cut off, damaged. More of them, with what each message says,
//! are in `plugin/refused.rs`.

use super::corpus::Case;
use super::corpus::Expected::{Either, Refused};
use crate::harness::{Decided, Dress, exporting, policy, with_manifest};

/// How often one bit of a good component is turned over.
const FLIPS: usize = 200;
const CUTS: usize = 40;

pub(super) fn cases() -> Vec<Case> {
    let case = |name, how, expected, files| Case::new(name, how, Dress::Policy, expected, files);
    vec![
        case("a core module", "(module)", Refused("core module"), || {
            vec![wat::parse_str("(module (func (export \"rank\")))").unwrap()]
        }),
        case("a component that wants sockets", "imports wasi:sockets", Refused("wasi:sockets"), || {
            wanting("wasi:sockets/tcp@0.2.0")
        }),
        case("a policy that wants to be heard", "imports http", Refused("patchbay:plugin/http"), || {
            wanting("patchbay:plugin/http@0.2.0")
        }),
        case("an import of no package", "imports env", Refused("env"), || wanting("env")),
        case("two worlds at once", "exports routing and skill", Refused("single world"), || {
            let both = ["patchbay:plugin/routing@0.2.0", "patchbay:plugin/skill@0.2.0"];
            vec![with_manifest(&exporting(&[], &both), "hostile", "1.0.0", "routing-policy", "")]
        }),
        case("a component cut off", "40 cuts", Refused(""), || {
            let whole = good();
            (0..CUTS).map(|cut| whole[..whole.len() * cut / CUTS].to_vec()).collect()
        }),
        case("a component with a flipped bit", "200 flips", Either, || (0..FLIPS).map(flipped).collect()),
    ]
}

fn good() -> Vec<u8> {
    policy("good", "0.2.0", Decided::default())
}

fn wanting(import: &str) -> Vec<Vec<u8>> {
    let component = exporting(&[import], &["patchbay:plugin/routing@0.2.0"]);
    vec![with_manifest(&component, "hostile", "1.0.0", "routing-policy", "")]
}

/// The bits stand at equal distances over the file, another one of the eight each time.
fn flipped(number: usize) -> Vec<u8> {
    let mut component = good();
    let at = component.len() * number / FLIPS;
    component[at] ^= 1 << (number % 8);
    component
}
