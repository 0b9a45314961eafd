//! Every word of the book is in the dictionary of British English, or in `book/words.txt`.
//!
//! Hunspell looks them up; where it or its dictionary is missing, this is skipped and says so. `.ci/run` installs both. Code
//! is not looked at: not in blocks, not in sentences.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use mdbook_markdown::{
    MarkdownOptions, new_cmark_parser,
    pulldown_cmark::{Event, Tag, TagEnd},
};

const BOOK: &str = env!("CARGO_MANIFEST_DIR");

/// The words of a text that Hunspell does not know; `None` where it cannot be asked.
fn unknown(text: &str) -> Option<Vec<String>> {
    let mut child = Command::new("hunspell")
        .args(["-l", "-i", "utf-8", "-d", "en_GB", "-p"])
        .arg(Path::new(BOOK).join("words.txt"))
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let text = text.to_owned();
    // It answers while it reads.
    let writer = thread::spawn(move || input.write_all(text.as_bytes()));
    let done = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    let words = String::from_utf8(done.stdout).ok()?;
    done.status.success().then(|| words.lines().map(str::to_owned).collect())
}

/// Whether there is a Hunspell that knows British English.
fn can_be_asked() -> bool {
    unknown("colour colourr\n").is_some_and(|words| words == ["colourr"])
}

/// The words of a text that are no code, with their lines. Without `'s`, which any word may have; what has a digit in it is
/// a name or a number, and no word.
fn words(markdown: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (event, range) in new_cmark_parser(markdown, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if !in_code && !text.trim_start().starts_with("{{#") => {
                let line = markdown[..range.start].matches('\n').count() + 1;
                // What follows code in one word belongs to it: `map`s.
                let is_tail = markdown[..range.start].ends_with('`');
                let text = if is_tail { text.trim_start_matches(char::is_alphabetic) } else { &text };
                for word in text.split(|sign: char| !sign.is_alphanumeric() && !"'’".contains(sign)) {
                    let word = word.replace('’', "'");
                    let word = word.trim_matches('\'');
                    let word = word.strip_suffix("'s").unwrap_or(word);
                    if word.chars().count() > 1 && !word.contains(|sign: char| sign.is_ascii_digit()) {
                        found.push((line, word.to_owned()));
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The texts of a quiz: what stands behind its keys and in lists.
fn texts(value: &serde_yaml::Value, out: &mut String) {
    match value {
        serde_yaml::Value::String(text) => {
            out.push_str(text);
            out.push_str("\n\n");
        }
        serde_yaml::Value::Sequence(items) => items.iter().for_each(|item| texts(item, out)),
        serde_yaml::Value::Mapping(pairs) => {
            // `run` names a scenario.
            pairs
                .iter()
                .filter(|(key, _)| key.as_str() != Some("run"))
                .for_each(|(_, item)| texts(item, out));
        }
        _ => {}
    }
}

/// Everything to read, by its file: the pages, and the quizzes as Markdown.
fn readings() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (folder, ending) in [("src", "md"), ("quizzes", "yaml")] {
        for entry in fs::read_dir(Path::new(BOOK).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|other| other == ending) {
                let mut text = fs::read_to_string(&path).unwrap();
                if ending == "yaml" {
                    let yaml: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
                    text.clear();
                    texts(&yaml, &mut text);
                }
                found.insert(format!("book/{folder}/{}", path.file_name().unwrap().to_string_lossy()), text);
            }
        }
    }
    found
}

#[test]
fn every_word_of_the_book_is_known() {
    if !can_be_asked() {
        return println!(
            "skipped: no hunspell with the dictionary en_GB here: apt-get install hunspell hunspell-en-gb"
        );
    }
    let readings = readings();
    assert!(readings.len() > 25, "{} files", readings.len());
    let mut problems = Vec::new();
    for (file, text) in &readings {
        let words = words(text);
        let all: Vec<&str> = words.iter().map(|(_, word)| word.as_str()).collect();
        let wrong: BTreeSet<String> = unknown(&all.join("\n")).unwrap().into_iter().collect();
        for word in wrong {
            let at = words.iter().find(|(_, other)| *other == word).map_or(0, |(line, _)| *line);
            problems.push(format!("{file}:{at}: {word}"));
        }
    }
    assert!(
        problems.is_empty(),
        "not in the dictionary; if it is right, it belongs to book/words.txt:\n{}",
        problems.join("\n")
    );
}

#[test]
fn words_of_the_list_are_sorted_needed_and_once() {
    let list = fs::read_to_string(Path::new(BOOK).join("words.txt")).unwrap();
    let words: Vec<&str> = list.lines().collect();
    assert!(words.is_sorted() && !words.is_empty(), "book/words.txt is to be sorted");
    let all: BTreeSet<String> =
        readings().values().flat_map(|text| self::words(text)).map(|(_, word)| word).collect();
    let stale: Vec<&&str> = words.iter().filter(|word| !all.contains(**word)).collect();
    assert!(stale.is_empty(), "the book has no such words any more: {stale:?}");
}

#[test]
fn a_wrong_word_is_found_and_code_is_not_looked_at() {
    let found = words(
        "# A headding\n\nRead `xyzzy`s, 0x3f and the dog's\nsentense.\n\n```text\nqwertz\n```\n\n| a | b |\n|---|---|\n| one | two |\n",
    );
    let said: Vec<String> = found.iter().map(|(line, word)| format!("{line} {word}")).collect();
    assert_eq!(said, ["1 headding", "3 Read", "3 and", "3 the", "3 dog", "4 sentense", "12 one", "12 two"]);
    if can_be_asked() {
        let all: Vec<&str> = found.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(unknown(&all.join("\n")).unwrap(), ["headding", "sentense"]);
    }
}
