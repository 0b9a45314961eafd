//! What the reader of YAML says, in the words of whoever wrote the file ([`told`]).

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
    // The reader's own " at line 12 column 9" would say a second time what the label shows.
    let message = error.to_string();
    let message = match message.rfind(" at line ") {
        Some(end) if line.is_some() => &message[..end],
        _ => &message,
    };
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

/// `message` with what Rust calls the expected type in words.
fn without_types(message: &str) -> String {
    let Some((saw, expected)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let key = saw.split(':').next().unwrap_or_default();
    let expected = match expected {
        "f64" if key.ends_with("_percent") || key.ends_with("percent_per_day") => {
            "percent as a number from 0 to 100: 10 means 10 percent"
        }
        "f64" => "a number, such as 10 or 2.5",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" => "a whole number from 0 to 18446744073709551615",
        "a sequence" => "a list, `[a, b]` or a line `- a` for each entry",
        structure if structure.starts_with("struct ") => {
            "keys with their values, `{ key: value }` or a line for each"
        }
        other => other,
    };
    let saw = saw.replace(" as u128", "").replace(" as i128", "").replace("unit value", "nothing");
    format!("{saw}, expected {expected}")
}
