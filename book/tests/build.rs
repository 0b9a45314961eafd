//! What the build of the book promises: one book however it is built, and no build where something leads nowhere.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use mdbook_driver::MDBook;
use mdbook_preprocessor::{
    PreprocessorContext,
    book::{Book, BookItem, Chapter},
};
use rstest::rstest;

const BOOK: &str = env!("CARGO_MANIFEST_DIR");

fn tool() -> Command {
    Command::new(env!("CARGO_BIN_EXE_book"))
}

/// Every file below `folder` with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn plain_mdbook_builds_the_same_book() {
    let scratch = tempfile::tempdir().unwrap();
    let (ours, plain) = (scratch.path().join("ours"), scratch.path().join("plain"));
    // mdBook takes every setting from the environment too.
    assert!(tool().env("MDBOOK_BUILD__BUILD_DIR", &ours).status().unwrap().success());
    // What the command `mdbook build book` does: the preprocessor is the command that book.toml names.
    let mut book = MDBook::load(BOOK).unwrap();
    book.config.build.build_dir = plain.clone();
    book.build().unwrap();
    let (ours, plain) = (files(&ours), files(&plain));
    assert!(ours.keys().eq(plain.keys()), "other files");
    let other: Vec<_> =
        ours.iter().filter(|(path, bytes)| plain[*path] != **bytes).map(|(path, _)| path).collect();
    assert!(other.is_empty(), "other bytes: {other:?}");
    assert!(ours.len() > 40, "{} files", ours.len());
}

/// What the preprocessor says to a book of one page.
fn complaints(text: &str) -> String {
    let config = MDBook::load(BOOK).unwrap().config;
    let context = PreprocessorContext::new(BOOK.into(), config, "html".to_owned());
    let page = Chapter::new("A page", text.to_owned(), "page.md", Vec::new());
    let book = Book::new_with_items(vec![BookItem::Chapter(page)]);
    let mut preprocess = tool();
    preprocess.arg("preprocess").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = preprocess.spawn().unwrap();
    let input = serde_json::to_vec(&(context, book)).unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(!done.status.success(), "a book of one page lacks the chapters of the labs");
    String::from_utf8(done.stderr).unwrap()
}

#[rstest]
#[case::link("# A\n\n[x](nowhere.md)\n", ":3: the book has no page nowhere.md (is it in SUMMARY.md?)")]
#[case::anchor("# A\n\n[x](#b)\n", ":3: the page page.md has no heading `#b`")]
#[case::picture("![x](pictures/none.svg)\n", ":1: the book has no file pictures/none.svg")]
#[case::scenario("{{#trace tlb/none}}\n", ":1: the lab tlb has no scenario `none`; it has: a-hit-is-a-use, ")]
#[case::lab_of_a_trace("{{#trace none/x}}\n", ":1: no lab `none` to play; there are: page_table, ")]
#[case::lab_of_a_task("{{#task none}}\n", ":1: no lab `none`; there are: page_table, ")]
#[case::quiz("{{#quiz none}}\n", ":1: no quiz `none`; there are: ")]
#[case::directive("{{#nothing x}}\n", ":1: no directive `nothing`; there are: ")]
#[case::not_alone("See {{#task tlb}}\n", ":1: `{{#task ...}}` stands alone on its line")]
#[case::quoted(
    "```text trace=tlb/a-hit-is-a-use\nstep 0: power on\n  result: none\n```\n",
    ":3: the trace tlb/a-hit-is-a-use does not say this, or not here:   result: none"
)]
#[case::paragraph("a\na\na\na\na\na\na\na\na\n", ":1: a paragraph of 9 lines; 8 at the most")]
#[case::rust("```rust\nfn main() {}\n```\n", ":1: Rust in the book is included from where it is compiled")]
#[case::included_file("{{#include none.rs:x}}\n", ":1: no file none.rs to include")]
#[case::included_lines("{{#include ../book.toml:3}}\n", ":1: ../book.toml:3: include by an anchor")]
#[case::included_anchor("{{#include ../book.toml:none}}\n", ":1: ../book.toml has no `ANCHOR: none`")]
fn what_leads_nowhere_is_named_with_its_line(#[case] text: &str, #[case] complaint: &str) {
    let said = complaints(text);
    assert!(said.contains(&format!("book/src/page.md{complaint}")), "{said}");
}

#[test]
fn a_lab_without_its_task_box_is_named() {
    let said = complaints("# A\n");
    assert!(said.contains("book/src/tlb.md:1: the line `{{#task tlb}}` is missing"), "{said}");
    assert!(said.contains("names tlb.md#index-and-tag, which is not in the book"), "{said}");
}

#[test]
fn unknown_arguments_are_answered_with_the_known_ones() {
    let done = tool().arg("nothing").output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success() && said.contains("usage: cargo run -p book -- "), "{said}");
}
