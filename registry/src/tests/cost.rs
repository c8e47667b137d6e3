//! What checking a hostile component may cost.

use std::time::{Duration, Instant};

use patchbay_types::Bytes;
use wasm_encoder::{
    BlockType, CodeSection, Component, Function, FunctionSection, Instruction, Module, ModuleSection,
    TypeSection, ValType,
};

use super::made::{compile, parsed, plugin_of};
use crate::{ScanError, ScanLimits, SectionError, World, embed, scan};

const ALL: ScanLimits =
    ScanLimits { component_bytes_max: Bytes(8 << 20), component_bytes_max_fat: Bytes(64 << 20) };
/// Some tens of times what it takes on an idle machine without optimisation.
const BOUND: Duration = Duration::from_secs(20);

fn wrapped(module: &Module) -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(module));
    component.finish()
}

/// A module with one type and `count` functions of it.
fn module(parameters: usize, results: usize, count: u32, body: &Function) -> Module {
    let mut types = TypeSection::new();
    types.ty().function(vec![ValType::I32; parameters], vec![ValType::I32; results]);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for _ in 0..count {
        functions.function(0);
        code.function(body);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    module
}

/// These instructions, each so often.
fn body(parts: &[(Instruction<'_>, usize)]) -> Function {
    let mut function = Function::new([]);
    for (instruction, times) in parts {
        (0..*times).for_each(|_| {
            function.instruction(instruction);
        });
    }
    function.instruction(&Instruction::End);
    function
}

fn refused(component: &[u8]) -> String {
    match scan(component, ALL) {
        Err(ScanError::Section(error @ SectionError::TooMuch { .. })) => error.to_string(),
        other => panic!("{:?}", other.map(|scanned| scanned.size)),
    }
}

fn repeated(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn bombs_for_the_compiler_are_checked_in_time() {
    let deep = [(Instruction::Block(BlockType::Empty), 2_500_000), (Instruction::End, 2_500_000)];
    let table = vec![0; 1_000_000];
    let branches = Instruction::BrTable(table.into(), 0);
    let bombs = [
        ("many functions", module(0, 0, 100_000, &body(&[]))),
        ("a giant function", module(0, 0, 1, &body(&[(Instruction::Nop, 7_600_000)]))),
        ("deep blocks", module(0, 0, 1, &body(&deep))),
        ("branches", module(1, 8, 1, &body(&[(Instruction::I32Const(0), 9), (branches, 1)]))),
        ("calls", module(64, 0, 1, &body(&[(Instruction::Unreachable, 1), (Instruction::Call(0), 500_000)]))),
    ];
    for (what, bomb) in bombs {
        let start = Instant::now();
        let result = scan(&wrapped(&bomb), ALL);
        assert!(result.is_ok() && start.elapsed() < BOUND, "{what}: {:?} {result:?}", start.elapsed());
    }
}

#[test]
fn more_functions_or_values_than_any_compiler_writes_are_refused() {
    let many = refused(&wrapped(&module(0, 0, 250_001, &body(&[]))));
    assert!(many.contains("250001 functions, expected at most 250000"), "{many}");
    let drop = body(&[(Instruction::Unreachable, 1)]);
    assert!(refused(&wrapped(&module(65, 0, 1, &drop))).contains("65 parameters of a function"));
    assert!(refused(&wrapped(&module(0, 9, 1, &drop))).contains("9 results of a function"));
    let block = [(Instruction::Block(BlockType::FunctionType(0)), 1), (Instruction::End, 1)];
    assert!(refused(&wrapped(&module(9, 0, 1, &body(&block)))).contains("9 parameters of a block"));
}

#[test]
fn components_inside_each_other_have_an_end() {
    let nested = |depth: usize| format!("(component {} {})", "(component ".repeat(depth), ")".repeat(depth));
    scan(&compile(&nested(16)), ALL).unwrap();
    assert!(refused(&compile(&nested(17))).contains("17 modules and components inside each other"));
    let side_by_side = format!("(component {})", "(component)".repeat(501));
    assert!(refused(&compile(&side_by_side)).contains("501 modules and components in it"));
}

#[test]
fn instances_of_what_is_large_are_counted_before_they_are_checked() {
    let start = Instant::now();
    let exports = repeated(20_000, |n| format!("(export \"x{n}\" (type $r))"));
    let instances = repeated(900, |n| format!("(instance $i{n} (instantiate $c))"));
    let text =
        format!("(component (component $c (type $r (record (field \"a\" u8))) {exports}) {instances})");
    assert!(refused(&compile(&text)).contains("things in instances"));
    let exports = repeated(20_000, |n| format!("(export \"f{n}\" (func $f))"));
    let instances = repeated(900, |n| format!("(core instance $i{n} (instantiate $m))"));
    let text = format!("(component (core module $m (func $f) {exports}) {instances})");
    assert!(refused(&compile(&text)).contains("things in instances of modules"));
    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
}

#[test]
fn declarations_inside_a_type_count_too() {
    let exports = repeated(50_001, |n| format!("(export \"x{n}\" (func (type $f)))"));
    let text = format!("(component (type (instance (type $f (func)) {exports})))");
    assert!(refused(&compile(&text)).contains("imports, exports and declarations"));
}

#[test]
fn a_fat_plugin_may_be_larger_and_a_slim_one_may_not() {
    let limits = ScanLimits { component_bytes_max: Bytes(2000), component_bytes_max_fat: Bytes(4000) };
    let plugin = |class: &str, padding: usize| {
        let manifest = parsed(World::Notifier, &format!("class = \"{class}\"")).unwrap();
        let padded = format!("(component (@custom \"padding\" \"{}\"))", "x".repeat(padding));
        embed(&compile(&padded), &manifest).unwrap()
    };
    let result = |component: Vec<u8>| scan(&component, limits).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(result(plugin("slim", 10)), Ok(()));
    assert_eq!(result(plugin("fat", 3000)), Ok(()));
    let slim = result(plugin("slim", 3000)).unwrap_err();
    assert!(slim.contains("at most 2000") && slim.contains("class = \"fat\""), "{slim}");
    let fat = result(plugin("fat", 5000)).unwrap_err();
    assert!(fat.contains("at most 4000") && fat.contains("component_bytes_max_fat"), "{fat}");
    let bare = compile(&format!("(component (@custom \"padding\" \"{}\"))", "x".repeat(3000)));
    assert!(result(bare).unwrap_err().contains("at most 2000"));
}

#[test]
fn the_manifest_is_read_before_the_code_is_looked_at() {
    let manifest = parsed(World::Notifier, "").unwrap();
    let mut broken = plugin_of(&manifest, &[]);
    broken.extend([1, 3, 0, 0, 0]);
    assert!(matches!(scan(&broken, ALL), Err(ScanError::Section(_))));
    let mut large = broken.clone();
    large.resize((8 << 20) + 1, 0);
    assert!(matches!(scan(&large, ALL), Err(ScanError::TooLarge { .. } | ScanError::Section(_))));
    let unread = compile("(component (@custom \"patchbay:manifest\" \"{}\") (core module (func (i32.add))))");
    assert!(matches!(scan(&unread, ALL), Err(ScanError::Manifest(_))));
}

#[test]
fn a_manifest_in_a_component_has_an_end() {
    let padded = format!("(component (@custom \"patchbay:manifest\" \"{}\"))", " ".repeat((256 << 10) + 1));
    assert!(scan(&compile(&padded), ALL).unwrap_err().to_string().contains("expected at most 262144"));
}
