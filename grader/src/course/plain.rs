//! What the reader of YAML says, in the words of whoever wrote the file ([`told`]).

use testbench::yaml;

use super::CourseText;

/// What is wrong, and the line (from 1) where it is, if that is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) message: String,
    pub(super) line: Option<usize>,
}

/// `error` about `text` without the names of Rust's types.
pub(super) fn told(text: &CourseText, error: &serde_yaml::Error) -> Told {
    let line = error.location().map(|location| location.line());
    let column = error.location().map_or(1, |location| location.column());
    // The place is what the label shows.
    let message = error.to_string();
    let message = yaml::without_place(&message);
    if text.text().trim().is_empty() {
        return Told { message: "it is empty; expected `title:` and `labs:`".to_owned(), line };
    }
    if let Some(line) = line.filter(|line| is_indented_by_tab(text, *line)) {
        let message =
            "a tab stands before the first word of the line; YAML is indented by spaces alone".to_owned();
        return Told { message, line: Some(line) };
    }
    if let Some(twice) = twice(text, message, line, column) {
        return twice;
    }
    Told { message: without_types(message), line }
}

fn is_indented_by_tab(text: &CourseText, line: usize) -> bool {
    let line = text.text().lines().nth(line - 1).unwrap_or_default();
    line[..line.len() - line.trim_start().len()].contains('\t')
}

/// A key that stands twice: the reader names the line where the map begins, a person wants the second of both.
fn twice(text: &CourseText, message: &str, line: Option<usize>, column: usize) -> Option<Told> {
    let key = message.rsplit_once("duplicate field `")?.1.strip_suffix('`')?;
    let mut lines = text.lines_of_key(key, line?, column);
    let (first, second) = (lines.next()?, lines.next()?);
    let message = format!("the key `{key}` stands there twice, first in line {first}; keep one of them");
    Some(Told { message, line: Some(second) })
}

/// `message` with what Rust calls the expected type in words; of percent it is worth saying which number is meant.
fn without_types(message: &str) -> String {
    let key = message.split(':').next().unwrap_or_default();
    match message.strip_suffix(", expected f64") {
        Some(saw) if key.ends_with("_percent") || key.ends_with("percent_per_day") => {
            format!("{saw}, expected percent as a number from 0 to 100: 10 means 10 percent")
        }
        _ => yaml::in_words(message),
    }
}
