//! A lab is text as people see it: UTF-8, of bounded size, in the order in which it is shown.

use crate::intake::LAB_FILE_BYTES;

use super::Refusal;

/// The text of `source`, if it is one that reads as it looks.
pub(super) fn text(source: &[u8]) -> Result<&str, Refusal> {
    if source.len() as u64 > LAB_FILE_BYTES {
        let why = format!("a lab file has at most {} KiB", LAB_FILE_BYTES >> 10);
        return Err(Refusal::new(1, "the file is too large", why));
    }
    let text = std::str::from_utf8(source).map_err(|error| {
        let line = line_at(source, error.valid_up_to());
        Refusal::new(line, "not UTF-8", "save the file as UTF-8")
    })?;
    for (at, character) in text.char_indices() {
        if let Some(what) = hides_something(character) {
            return Err(Refusal::new(
                line_at(source, at),
                what,
                "it makes the code read otherwise than it is",
            ));
        }
    }
    // `#![…]` is an attribute; `#!` before anything else names a program to run the file with.
    let is_shebang = |rest: &str| !rest.trim_start().starts_with('[');
    if text.trim_start_matches('\u{feff}').strip_prefix("#!").is_some_and(is_shebang) {
        return Err(Refusal::new(1, "`#!`", "a lab is a module, not a script"));
    }
    Ok(text)
}

fn line_at(source: &[u8], at: usize) -> usize {
    1 + source[..at].iter().filter(|byte| **byte == b'\n').count()
}

/// NUL, and the characters that turn the direction of what follows (CVE-2021-42574, "Trojan Source"); rustc's lint
/// `text_direction_codepoint_in_literal` knows the same ones. Marks that stand between words of Arabic or Hebrew do not.
fn hides_something(character: char) -> Option<&'static str> {
    match character {
        '\0' => Some("a NUL character"),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some("an invisible character that turns the text's direction")
        }
        _ => None,
    }
}
