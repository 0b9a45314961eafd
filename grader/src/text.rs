//! Text from outside, made fit for a terminal and a report: no control characters, no floods.

use std::ffi::OsStr;

/// `text` without control characters (line ends and tabs stay) and invisible direction marks, cut after `most` bytes.
#[must_use]
pub fn clean(text: &str, most: usize) -> String {
    let mut cleaned = String::new();
    for (at, character) in text.char_indices() {
        if at + character.len_utf8() > most {
            cleaned.push_str(" … (cut)");
            break;
        }
        if !is_unwanted(character) {
            cleaned.push(character);
        }
    }
    cleaned
}

/// One line of `text`, as [`clean`] makes it.
#[must_use]
pub fn clean_line(text: &str, most: usize) -> String {
    let line = text.replace(['\n', '\r', '\t'], " ");
    clean(&line, most)
}

/// A file name from outside; what is not UTF-8 or cannot be seen in it is replaced.
#[must_use]
pub fn name(name: &OsStr) -> String {
    clean_line(&name.to_string_lossy(), 200)
}

fn is_unwanted(character: char) -> bool {
    let turns_direction =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (character.is_control() && !matches!(character, '\n' | '\t')) || turns_direction
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("frame 0x5\n\tok", 100, "frame 0x5\n\tok")]
    #[case::colour("\u{1b}[31mred\u{1b}[0m", 100, "[31mred[0m")]
    #[case::right_to_left("a\u{202e}b", 100, "ab")]
    #[case::too_long("abcdef", 3, "abc … (cut)")]
    #[case::cut_before_a_wide_character("ab€", 4, "ab … (cut)")]
    fn text_is_cleaned(#[case] text: &str, #[case] most: usize, #[case] expected: &str) {
        assert_eq!(clean(text, most), expected);
    }
}
