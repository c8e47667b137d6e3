//! Components that are dear to look at or to compile: very many, very deep, very long.

use super::corpus::Case;
use super::corpus::Expected::{Either, Refused};
use crate::harness::{Core, Decided, Dress, policy, with_manifest};

/// Version 1, and layer 1: a component.
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";
const CORE_MODULE: u8 = 1;
const CORE_INSTANCE: u8 = 2;
const NESTED: u8 = 4;

pub(super) fn cases() -> Vec<Case> {
    let case = |name, how, expected, files| Case::new(name, how, Dress::Policy, expected, files);
    vec![
        case("100,000 functions", "(func), 100,000 times", Either, || beside(&"(func)".repeat(100_000))),
        case("300,000 functions", "(func), 300,000 times", Refused("functions"), || {
            beside(&"(func)".repeat(300_000))
        }),
        case("one giant function", "40,000 blocks that can all be reached", Either, || {
            let blocks = "(if (local.get 0) (then (local.set 0 (i32.mul (local.get 0) (i32.const 3)))))"
                .repeat(40_000);
            beside(&format!("(func (export \"bomb\") (param i32) (result i32) {blocks} (local.get 0))"))
        }),
        case("100,000 blocks inside each other", "block … end", Either, || {
            let (blocks, ends) = ("block ".repeat(100_000), "end ".repeat(100_000));
            beside(&format!("(func (export \"bomb\") {blocks} {ends})"))
        }),
        case("100 instances", "(core instance), 100 times", Refused("instance"), || vec![instances(100)]),
        case(
            "200 components inside each other",
            "(component (component …))",
            Refused("inside each other"),
            || vec![nested(200)],
        ),
        case("types that double 40 times", "(tuple $t $t)", Refused("size"), || vec![doubling(40)]),
    ]
}

fn beside(more: &str) -> Vec<Vec<u8>> {
    vec![Core { more, ..Core::default() }.plugin(Dress::Policy, "hostile", "")]
}

/// A good component, and after it a module that is instantiated so often.
fn instances(count: u32) -> Vec<u8> {
    let mut component = policy("hostile", "0.2.0", Decided::default());
    component.extend(section(CORE_MODULE, &wat::parse_str("(module)").unwrap()));
    // Each: of a module, with this index, with nothing.
    let each = [0, 1, 0].repeat(count as usize);
    component.extend(section(CORE_INSTANCE, &[leb(count as usize), each].concat()));
    component
}

fn nested(depth: usize) -> Vec<u8> {
    let innermost = COMPONENT.to_vec();
    let deep = (0..depth).fold(innermost, |inner, _| [COMPONENT.to_vec(), section(NESTED, &inner)].concat());
    with_manifest(&deep, "hostile", "1.0.0", "routing-policy", "")
}

fn doubling(times: usize) -> Vec<u8> {
    let next = |number: usize| {
        let before = number - 1;
        format!("(type $t{number} (tuple $t{before} $t{before}))")
    };
    let types: String = (1..=times).map(next).collect();
    let component = wat::parse_str(format!("(component (type $t0 (tuple u8 u8)) {types})")).unwrap();
    with_manifest(&component, "hostile", "1.0.0", "routing-policy", "")
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [vec![id], leb(content.len()), content.to_vec()].concat()
}

/// As the binary format writes lengths: seven bits a byte, the lowest first.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        bytes.push(if number > 0 { low | 0x80 } else { low });
        if number == 0 {
            return bytes;
        }
    }
}
