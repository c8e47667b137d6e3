//! A core module in text, and the worlds that it can be dressed for: which functions such a world asks for, and how an
//! answer that is no harm lies in memory. It must not know what any test does with it.

use super::{component, with_manifest};

/// A core module. What is not said is harmless.
#[derive(Clone, Copy)]
pub(crate) struct Core<'a> {
    /// Imports, which stand first.
    pub(crate) imports: &'a str,
    /// Pages of memory at the start.
    pub(crate) pages: u32,
    /// What runs before memory is given to the host.
    pub(crate) realloc: &'a str,
    /// What runs when it is asked, before the answer, which lies at 2048.
    pub(crate) code: &'a str,
    /// The same of the question what it offers, in the worlds that have it.
    pub(crate) describe: &'a str,
    /// What runs when the host has taken the answer.
    pub(crate) after: Option<&'a str>,
    /// What stands beside its functions.
    pub(crate) more: &'a str,
}

/// The world of a component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dress {
    Policy,
    Analyzer,
    Skill,
    Notifier,
}

/// Parameters of `rank` as the canonical ABI lowers them: flat up to 16, else one pointer.
const V0_1_RANK: &str = "(param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i64 i32 i32)";
const RANK: &str = "(param i32)";
const ANALYZE: &str = "(param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)";
const RUN: &str = "(param i32 i32 i32 i32 i32 i32 i32 i32 i32)";
const SEND: &str = "(param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32)";

/// An outcome: `succeeded`, and as its output the JSON text of eight bytes at 1200, which `$tell` writes.
const OUTCOME: &str = "(i32.store8 (i32.const 2048) (i32.const 0))
    (i32.store (i32.const 2056) (i32.const 1184)) (i32.store (i32.const 2060) (i32.const 9))
    (i32.store (i32.const 2064) (i32.const 0)) (i32.store (i32.const 2068) (i32.const 0))
    (i32.store (i32.const 2072) (i32.const 1200)) (i32.store (i32.const 2076) (i32.const 8))";
/// `$tell` makes a number of six digits the output of the skill.
const TELL: &str = r#"(data (i32.const 1184) "succeeded") (data (i32.const 1200) "\"000000\"")
    (func $tell (param $number i32)
        (local $at i32)
        (local.set $at (i32.const 1206))
        (loop $next
            (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
            (local.set $number (i32.div_u (local.get $number) (i32.const 10)))
            (local.set $at (i32.sub (local.get $at) (i32.const 1)))
            (br_if $next (i32.gt_u (local.get $at) (i32.const 1200)))))"#;

impl Default for Core<'_> {
    fn default() -> Self {
        Self { imports: "", pages: 4, realloc: "", code: "", describe: "", after: None, more: "" }
    }
}

impl Core<'_> {
    /// A plugin of contract 0.2.0. `tables` stand in its manifest after `[plugin]`.
    pub(crate) fn plugin(&self, dress: Dress, name: &str, tables: &str) -> Vec<u8> {
        with_manifest(&self.component(dress, "0.2.0"), name, "1.0.0", dress.world(), tables)
    }

    /// The same without a manifest.
    pub(crate) fn component(&self, dress: Dress, contract: &str) -> Vec<u8> {
        component(dress.world(), contract, &self.text(dress, contract))
    }

    fn text(&self, dress: Dress, contract: &str) -> String {
        let Self { imports, pages, realloc, more, .. } = self;
        let functions = self.functions(dress, contract);
        format!(
            r#"(module
            {imports}
            (memory (export "memory") {pages})
            (global $heap (mut i32) (i32.const 4096))
            (func (export "cabi_realloc")
                (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
                (local $at i32)
                {realloc}
                (local.set $at (i32.and
                    (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
                    (i32.sub (i32.const 0) (local.get $align))))
                (global.set $heap (i32.add (local.get $at) (local.get $size)))
                (local.get $at))
            {functions}
            {more})"#
        )
    }

    fn functions(&self, dress: Dress, contract: &str) -> String {
        let (interface, question, parameters) = dress.question();
        let parameters = if contract == "0.1.0" { V0_1_RANK } else { parameters };
        let export = format!("patchbay:plugin/{interface}@{contract}");
        let asked = |name: &str, parameters: &str, code: &str| {
            format!(
                r#"(func (export "{export}#{name}") {parameters} (result i32)
                    (local $i i32) (local $n i32)
                    (global.set $heap (i32.const 4096))
                    {code}
                    (i32.const 2048))"#
            )
        };
        let mut functions = asked(question, parameters, &format!("{} {}", dress.answer(), self.code));
        if let Some(after) = self.after {
            functions += &format!(r#"(func (export "cabi_post_{export}#{question}") (param i32) {after})"#);
        }
        if dress.describes() {
            functions += &asked("describe", "", self.describe);
        }
        functions + dress.words()
    }
}

impl Dress {
    pub(crate) fn world(self) -> &'static str {
        match self {
            Self::Policy => "routing-policy",
            Self::Analyzer => "error-analyzer",
            Self::Skill => "skill-adapter",
            Self::Notifier => "notifier",
        }
    }

    /// The interface, its function, and what that takes.
    fn question(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Policy => ("routing", "rank", RANK),
            Self::Analyzer => ("analyzer", "analyze", ANALYZE),
            Self::Skill => ("skill", "run", RUN),
            Self::Notifier => ("delivery", "send", SEND),
        }
    }

    /// What lies at 2048 before the code runs. Memory that is zero is no diagnosis, and an empty receipt.
    fn answer(self) -> &'static str {
        if self == Self::Skill { OUTCOME } else { "" }
    }

    fn words(self) -> &'static str {
        if self == Self::Skill { TELL } else { "" }
    }

    fn describes(self) -> bool {
        matches!(self, Self::Skill | Self::Notifier)
    }
}
