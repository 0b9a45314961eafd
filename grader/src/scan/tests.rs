//! What is refused and what is not, token by token. Whole files stand in `grader/tests/honest` and `grader/tests/attacks`.

use rstest::rstest;

use super::*;

fn refused(source: &str) -> String {
    scan(source.as_bytes()).expect_err(source).to_string()
}

#[rstest]
#[case::keyword("fn f() {\n    unsafe {}\n}", "line 2: `unsafe`: labs are written in safe Rust")]
#[case::attribute("#[unsafe(naked)] fn f() {}", "line 1: `unsafe`")]
#[case::raw_word("#[r#no_mangle] pub fn f() {}", "line 1: `no_mangle`")]
#[case::in_a_macro("macro_rules! m {\n () => { include!(\"x\") } }", "line 2: `include`: a lab is one file")]
#[case::as_an_argument("m!(option_env);", "line 1: `option_env`")]
#[case::renamed("use core::include_str as text;", "line 1: `include_str`")]
#[case::standard_library("use std::fs;", "line 1: `std`: labs are `#![no_std]`")]
#[case::absolute_path("fn f() { ::std::process::exit(0) }", "line 1: `std`")]
#[case::embedded_file(
    "#[debugger_visualizer(natvis_file = \"x\")] mod m {}",
    "line 1: `debugger_visualizer`"
)]
#[case::module_path("#[path = \"/etc/passwd\"] mod m {}", "line 1: `path`")]
#[case::conditional_path("#[cfg_attr(all(), path = \"x\")] mod m {}", "line 1: `path`")]
#[case::inner_attribute("#![feature(core_intrinsics)]", "line 1: `feature`")]
#[case::attribute_over_lines("#[\n\nlink(name = \"c\")] mod m {}", "line 3: `link`")]
#[case::assembled_name(
    "macro_rules! m { ($a:ident) => { #[$a = \"x\"] mod r {} } }\nm!(path);",
    "line 2: `path`"
)]
#[case::assembled_brackets(
    "macro_rules! m { ($a:tt) => { #$a mod r {} } }\nm!([path = \"x\"]);",
    "line 2: `path`"
)]
#[case::assembled_hash(
    "macro_rules! m { ($a:tt) => { $a[path = \"x\"] mod r {} } }\nm!(#);",
    "line 1: `path`"
)]
#[case::environment(
    "const HOME: &str = env!(\"HOME\");",
    "line 1: `env`: a lab reads nothing of the machine"
)]
#[case::environment_renamed("use core::{env as e, fmt};", "line 1: `env`")]
#[case::environment_by_argument("macro_rules! m { ($b:tt) => { env $b (\"HOME\") } }", "line 1: `env`")]
#[case::extern_function("extern \"C\" fn f() {}", "line 1: `extern`: a lab links nothing")]
#[case::extern_without_abi("extern fn f() {}", "line 1: `extern`")]
#[case::extern_block("extern { }", "line 1: `extern`")]
#[case::other_crate("extern crate machine;", "line 1: `extern`")]
#[case::own_crate("extern crate self as x;", "line 1: `extern`")]
#[case::end_of_file("extern", "line 1: `extern`")]
#[case::module_file("mod tests;", "line 1: `mod`: a lab is one file")]
#[case::module_file_in_a_module("mod a { pub mod b; }", "line 1: `mod`")]
#[case::foreign_letters("fn f() { let ѕtd = 1; }", "line 1: `ѕtd`: names are written in ASCII")]
#[case::lifetime_in_foreign_letters("fn f<'é>() {}", "line 1: `é`")]
#[case::unbalanced("fn f() {\n(", "not Rust")]
#[case::open_string("const S: &str = \"x;", "not Rust")]
#[case::script("#!/bin/sh\n", "line 1: `#!`: a lab is a module")]
#[case::script_after_a_mark("\u{feff}#!/bin/sh\n", "line 1: `#!`")]
#[case::turned_text("// a\n// \u{202e} b", "line 2: an invisible character")]
#[case::nul("fn f() {}\n\0", "line 2: a NUL character")]
#[case::variable(
    "fn f(include: u64) {}",
    "`include`: a lab is one file, and reads nothing else while it is compiled (another name will do for a variable)"
)]
#[case::beside_own_tests("#[cfg(test)] mod tests { use std::fs; }\nuse std::vec;", "line 2: `std`")]
#[case::behind_own_tests("#[cfg(test)] mod tests { { } } unsafe fn f() {}", "line 1: `unsafe`")]
#[case::own_tests_in_a_macros_arguments(
    "macro_rules! m { (#[cfg(test)] mod $n:ident { $($t:tt)* }) => { $($t)* } }\nm! { #[cfg(test)] mod x { unsafe fn f() {} } }",
    "line 2: `unsafe`"
)]
#[case::own_tests_in_a_module("mod a {\n#[cfg(test)] mod tests { use std::fs; } }", "line 2: `std`")]
#[case::other_condition("#[cfg(not(test))] mod tests { use std::fs; }", "line 1: `std`")]
#[case::two_conditions("#[cfg(any(test, unix))] mod tests { use std::fs; }", "line 1: `std`")]
#[case::own_tests_elsewhere("#[cfg(test)] mod tests;", "line 1: `mod`")]
fn what_no_lab_needs_is_refused(#[case] source: &str, #[case] expected: &str) {
    let words = refused(source);
    assert!(words.contains(expected), "{words}");
}

#[rstest]
#[case::words_of_attributes(
    "fn f(path: u64, link: u64, used: u64, feature: u64) -> u64 { path + link + used + feature }"
)]
#[case::environment_as_a_name("fn f(env: u64) -> bool { env != 3 && !(env == 4) }")]
#[case::comments("// unsafe std asm!\n/* include! /* env! */ */ /// no_mangle\nfn f() {}")]
#[case::strings("const S: [&str; 3] = [\"unsafe\", r#\"std \"#, \"\\\"include!\"];")]
#[case::bytes("const B: &[u8] = b\"extern\"; const C: char = '\"'; const D: u8 = b'\\'';")]
#[case::longer_words(
    "fn stdout_like() { let unsafety = 1; let includes = 2; let _ = (unsafety, includes); }"
)]
#[case::alloc("extern crate alloc;\nuse alloc::vec::Vec;")]
#[case::crate_macro("macro_rules! m { ($a:expr) => { $crate::f($a) } }")]
#[case::documented_macro(
    "macro_rules! m { ($(#[$meta:meta])* $name:ident) => { $(#[$meta])* struct $name; } }"
)]
#[case::own_tests("#[cfg(test)] mod tests { use super::*; #[test] fn works() {} }")]
#[case::own_tests_with_std(
    "fn f() {}\n#[cfg(test)]\nmod tests { extern crate std; use std::println; #[test] fn works() { { println!(\"x\") } } }\nfn g() {}"
)]
#[case::module("mod inner { pub fn f() {} }")]
#[case::mark_at_the_start("\u{feff}//! A lab.\n")]
#[case::inner_attribute("#![allow(dead_code)]\n")]
#[case::marks_between_words("// \u{200f}שלום\u{200e} مرحبا 你好 🦀\nfn f() {}")]
#[case::windows_lines("//! A lab.\r\nfn f() {}\r\n")]
#[case::empty("")]
fn what_people_write_passes(#[case] source: &str) {
    assert_eq!(scan(source.as_bytes()), Ok(Findings::default()), "{source}");
}

#[rstest]
#[case::shared("static UNIT: &'static &'static () = &&();", 1)]
#[case::parameter("fn f() {}\nfn t<'a, 'b, T>(_: &'a &'b (), v: &'b mut T) -> &'a mut T { v }", 2)]
#[case::exclusive("fn t<'a, 'b>(_: &'a mut &'b ()) {}", 1)]
fn shapes_of_known_holes_are_for_a_person_to_see(#[case] source: &str, #[case] line: usize) {
    assert_eq!(scan(source.as_bytes()).unwrap().lifetime_tricks, [line]);
}

#[rstest]
#[case::one("fn f<'a>(x: &'a u64) -> &'a u64 { x }")]
#[case::without_names("fn f(x: &&u64) -> u64 { **x }")]
#[case::two("fn f<'a, 'b>(x: &'a u64, y: &'b u64) {}")]
fn ordinary_lifetimes_are_none_of_them(#[case] source: &str) {
    assert_eq!(scan(source.as_bytes()), Ok(Findings::default()));
}

#[test]
fn nesting_and_length_have_an_end() {
    let nested = |depth: usize| format!("const A: u64 = {}1{};", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(scan(nested(128).as_bytes()), Ok(Findings::default()));
    assert!(refused(&nested(129)).contains("nested too deeply: at most 128 brackets"));
    assert!(refused(&nested(100_000)).contains("nested too deeply"));
    assert!(refused(&"(".repeat(200_000)).contains("not Rust"));
    assert!(refused(&"x ".repeat(100_001)).contains("too many tokens: a lab has at most 100000"));
    assert!(
        refused(&" ".repeat(300 << 10)).contains("the file is too large: a lab file has at most 256 KiB")
    );
}
