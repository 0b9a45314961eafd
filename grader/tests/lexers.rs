//! The scan's lexer beside the compiler's: where rustc takes a word for code, the scan must see it, and where rustc finds
//! nothing amiss, neither may the scan.
//!
//! The question is put with `compile_error!("MARK")`: rustc says `MARK` exactly if the word is code. The scan is asked
//! about the same text with `include_str!` in its place.

use std::fs;
use std::path::Path;
use std::process::Command;

use grader::scan::scan;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const TEXTS: usize = 60;
const MARK: &str = "compile_error!(\"MARK\");";

/// Pieces that lexers have read differently before, some of which end what others begin.
const PIECES: &[&str] = &[
    "fn f<'a>(x: &'a u8) -> &'a u8 { x }\n",
    "const A: char = '\"';",
    "const B: char = '\\'';",
    "const C: u8 = b'\"';",
    "const D: &str = \"\\\"\";",
    "const E: &str = r\"\\\";",
    "const F: &str = r#\"\"\"#;",
    "const G: &[u8] = br##\"\"#\"##;",
    "const H: &core::ffi::CStr = c\"\\\"\";",
    "/* /* */ \" */",
    "// \"\n",
    "//! \"\n",
    "/// ' \nconst I: u8 = 1;\n",
    "/**/",
    "/***/",
    "/** ' */ const J: u8 = 1;\n",
    "/*",
    "*/",
    "\"",
    "r#\"",
    "\"#",
    "'",
    "//",
    "\n",
    "\r\n",
    "\u{2028}",
    "\u{85}",
    "\u{200e}",
    "\u{b}",
    "const K: f32 = 1.0e1_f32;",
    "const L: u8 = 0b1_u8;",
    "fn r#fn() {}\n",
    "const M: &str = \"a\\\n  b\";",
    "#![allow(x)]",
    "macro_rules! m { ($a:lifetime) => {}; (#) => {} }\nm!('a);\nm!(#);\n",
    "fn g() { 'a: loop { break 'a } }\n",
    "const N: char = '\u{10ffff}';",
    "const O: &str = \"\u{202f}//\";",
    "const P: &str = \"/*\";",
];

/// What the compiler says of `text`.
fn rustc(folder: &Path, text: &str) -> (bool, String) {
    let source = folder.join("text.rs");
    fs::write(&source, text).unwrap();
    let mut rustc = Command::new("rustc");
    rustc.args([
        "--edition=2024",
        "--crate-type=lib",
        "--crate-name=text",
        "--emit=metadata",
        "-Awarnings",
        "--out-dir",
    ]);
    let output = rustc.arg(folder).arg(&source).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_scan_sees_every_word_that_rustc_sees() {
    let folder = tempfile::tempdir().unwrap();
    // The same texts in every run.
    let mut runner = TestRunner::deterministic();
    let pieces = || prop::collection::vec(prop::sample::select(PIECES), 0..6);
    let (mut seen, mut silent) = (0, 0);
    for _ in 0..TEXTS {
        let (before, after) = (pieces(), pieces()).new_tree(&mut runner).unwrap().current();
        let text = format!("{}\n{MARK}\n{}", before.concat(), after.concat());
        let asked = text.replace(MARK, "const MARK: &str = include_str!(\"MARK\");");
        let (accepted, words) = rustc(folder.path(), &text);
        if words.contains("error: MARK") {
            seen += 1;
            assert!(scan(asked.as_bytes()).is_err(), "rustc sees the word and the scan does not:\n{text}");
        } else if accepted {
            silent += 1;
            let passed = scan(asked.as_bytes());
            assert!(passed.is_ok(), "rustc finds nothing amiss and the scan does: {passed:?}\n{text}");
        }
    }
    assert!(seen > 5, "only {seen} of the texts asked anything");
    println!("{seen} texts with the word as code, {silent} without");
}
