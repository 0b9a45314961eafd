//! Fenced blocks of a page, and what their info strings ask of the test.
//!
//! Main type: [`Block`]. After the language stand words, `name` or `name=value` or `name="several words"`; mdBook never
//! sees them, because the preprocessor leaves the language alone.

use std::{collections::BTreeMap, ops::Range};

use mdbook_markdown::{
    MarkdownOptions, new_cmark_parser,
    pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd},
};

/// A block of code, or words of code in a sentence.
#[derive(Debug)]
pub struct Block {
    /// Its first line in the page.
    pub line: usize,
    /// The language; `inline` in a sentence, `indented` without a fence.
    pub language: String,
    /// The words after the language.
    pub words: BTreeMap<String, String>,
    /// What stands in it.
    pub text: String,
}

impl Block {
    /// The value of a word; empty for one that has none.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.words.get(name).map(String::as_str)
    }

    /// The values of a list such as `status=0,1`.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.word(name).unwrap_or_default().split(',').filter(|value| !value.is_empty())
    }
}

/// Every block of code of a page, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (event, range) in new_cmark_parser(page, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => info,
                    CodeBlockKind::Indented => "indented",
                };
                let (language, rest) = info.split_once(' ').unwrap_or((info, ""));
                found.push(block(page, &range, language, words(rest), String::new()));
                is_open = true;
            }
            Event::End(TagEnd::CodeBlock) => is_open = false,
            Event::Text(text) if is_open => {
                if let Some(open) = found.last_mut() {
                    open.text.push_str(&text);
                }
            }
            Event::Code(text) => found.push(block(page, &range, "inline", BTreeMap::new(), text.to_string())),
            _ => {}
        }
    }
    found
}

fn block(
    page: &str,
    at: &Range<usize>,
    language: &str,
    words: BTreeMap<String, String>,
    text: String,
) -> Block {
    let line = page[..at.start].matches('\n').count() + 1;
    Block { line, language: language.to_owned(), words, text }
}

/// `a=b c="d e"` as pairs.
fn words(info: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = info.trim_start();
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = "";
        if let Some(after) = rest.strip_prefix("=\"") {
            let end = after.find('"').unwrap_or(after.len());
            value = &after[..end];
            rest = after.get(end + 1..).unwrap_or_default();
        } else if let Some(after) = rest.strip_prefix('=') {
            let end = after.find(' ').unwrap_or(after.len());
            value = &after[..end];
            rest = &after[end..];
        }
        found.insert(name, value.to_owned());
        rest = rest.trim_start();
    }
    found
}

#[test]
fn info_strings_are_words_with_values() {
    let page = "a `b`\n\n```sh status=0,1 of=\"x y\" output\nc\nd\n```\n";
    let found = blocks(page);
    let [inline, fence] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((inline.line, inline.language.as_str(), inline.text.as_str()), (1, "inline", "b"));
    assert_eq!((fence.line, fence.language.as_str(), fence.text.as_str()), (3, "sh", "c\nd\n"));
    assert_eq!(fence.list("status").collect::<Vec<_>>(), ["0", "1"]);
    assert_eq!((fence.word("of"), fence.word("output"), fence.word("none")), (Some("x y"), Some(""), None));
}
