//! Checks how a page reads: no paragraph is longer than a reader takes in at once.

use mdbook_markdown::{
    MarkdownOptions, new_cmark_parser,
    pulldown_cmark::{Event, Tag},
};

/// Lines of a paragraph, at the most, and columns of a line.
const LINES_MAX: usize = 8;
const COLUMNS_MAX: usize = 125;

/// What is too long in a page, with its line.
pub fn problems(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        // The text of an item of a list is a paragraph too, and has a tag of its own only among empty lines.
        if !matches!(event, Event::Start(Tag::Paragraph | Tag::Item)) {
            continue;
        }
        let line = text[..range.start].matches('\n').count() + 1;
        let own = text[range].lines().take_while(|line| !line.trim().is_empty());
        // A fence or a nested item ends it.
        let prose: Vec<&str> = own.take_while(|line| !line.trim_start().starts_with("```")).collect();
        let nested =
            prose.iter().skip(1).position(|line| line.trim_start().starts_with(['-', '*', '1', '2', '3']));
        let lines = nested.map_or(prose.len(), |at| at + 1);
        if lines > LINES_MAX {
            found.push((line, format!("a paragraph of {lines} lines; {LINES_MAX} at the most")));
        }
        // Else a long paragraph could hide in long lines. A link and a directive cannot be broken.
        let wide =
            |line: &&str| line.chars().count() > COLUMNS_MAX && !line.contains("](") && !line.contains("{{#");
        if let Some(at) = prose.iter().take(lines).position(wide) {
            found.push((line + at, format!("a line of more than {COLUMNS_MAX} columns")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_of_nine_lines_is_too_long() {
        let lines = |count: usize| "word\n".repeat(count);
        assert_eq!(problems(&format!("# A\n\n{}\n{}", lines(8), lines(8))), []);
        let said = [(3, "a paragraph of 9 lines; 8 at the most".to_owned())];
        assert_eq!(problems(&format!("# A\n\n{}", lines(9))), said);
        assert_eq!(problems(&format!("# A\n\n- {}", lines(9).replace("\nw", "\n  w"))), said);
        assert_eq!(problems(&format!("```text\n{}```\n", lines(20))), []);
    }

    #[test]
    fn a_paragraph_does_not_hide_in_long_lines() {
        let said = problems(&format!("a\n{}\n", "word ".repeat(26).trim_end()));
        assert_eq!(said, [(2, "a line of more than 125 columns".to_owned())]);
    }
}
