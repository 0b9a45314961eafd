//! Where things stand in course.yaml, so that a message about a lab or a criterion can name its line.
//!
//! YAML readers keep no positions of what parsed well; the course file is written in block style, so the line of an
//! entry is found by its text. Where that fails (flow style), the line of what contains it is the answer.

use std::ops::Range;

/// The text of a course file, and its name for messages.
#[derive(Debug, Clone, Default)]
pub struct CourseText {
    name: String,
    text: String,
}

impl CourseText {
    /// Keeps `text` of the file called `name`.
    #[must_use]
    pub fn new(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), text }
    }

    /// Name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line (from 1) of the top-level `key:`; 1 when it is not there.
    #[must_use]
    pub fn line_of_key(&self, key: &str) -> usize {
        let found = self
            .text
            .lines()
            .position(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
        found.map_or(1, |index| index + 1)
    }

    /// Line (from 1) of the entry of the lab called `lab`, of its `nth` (from 0) when several have that name.
    #[must_use]
    pub fn line_of_lab(&self, lab: &str, nth: usize) -> usize {
        self.find_all("lab", lab, 0..usize::MAX).nth(nth).unwrap_or_else(|| self.line_of_key("labs"))
    }

    /// Line (from 1) of a criterion of a lab; the lab's line when it is not found.
    #[must_use]
    pub fn line_of_criterion(&self, lab: &str, criterion: &str) -> usize {
        let range = self.lines_of_lab(lab);
        let start = range.start;
        self.find_all("name", criterion, range).next().unwrap_or(start)
    }

    /// Line (from 1) within a criterion's entry that contains `item`; the criterion's line when none does.
    #[must_use]
    pub fn line_of_item(&self, lab: &str, criterion: &str, item: &str) -> usize {
        let lines = self.lines_of_lab(lab);
        let start = self.line_of_criterion(lab, criterion);
        let end = self
            .numbered()
            .filter(|(number, _)| *number > start && lines.contains(number))
            .find(|(_, line)| entry(line).0 == "name")
            .map_or(lines.end, |(number, _)| number);
        self.numbered()
            .filter(|(number, _)| (start..end).contains(number))
            .find(|(_, line)| line.contains(item))
            .map_or(start, |(number, _)| number)
    }

    /// Line (from 1) of the `nth` (from 0) extension of `student`; the line of `extensions` when it is not found.
    #[must_use]
    pub fn line_of_extension(&self, student: &str, nth: usize) -> usize {
        let section = self.line_of_key("extensions");
        let by_entry = self.find_all("student", student, section..usize::MAX).nth(nth);
        // In flow style, `- { student: s1, until: ... }`, the entry is not the line's first word.
        let words = format!("student: {student}");
        let in_flow = |(number, line): &(usize, &str)| *number > section && line.contains(&words);
        by_entry.or_else(|| Some(self.numbered().filter(in_flow).nth(nth)?.0)).unwrap_or(section)
    }

    /// Line (from 1) of the lab's own `key:`; the lab's line when it is not found.
    #[must_use]
    pub fn line_of_lab_key(&self, lab: &str, key: &str) -> usize {
        let lines = self.lines_of_lab(lab);
        let start = lines.start;
        let of_key = |(number, line): &(usize, &str)| lines.contains(number) && entry(line).0 == key;
        self.numbered().find(of_key).map_or(start, |(number, _)| number)
    }

    /// Lines (from 1) of `key` in the map whose first key stands in `line` at `column` (both from 1).
    pub(super) fn lines_of_key<'a>(
        &'a self,
        key: &'a str,
        line: usize,
        column: usize,
    ) -> impl Iterator<Item = usize> + 'a {
        let indent = column.saturating_sub(1);
        let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        let belongs = move |(number, text): &(usize, &str)| {
            *number == line || is_blank(text) || text.len() - text.trim_start().len() >= indent
        };
        let is_key = move |text: &str| {
            text.get(indent..)
                .and_then(|rest| rest.strip_prefix(key))
                .is_some_and(|rest| rest.starts_with(':'))
        };
        let below = self.numbered().skip(line.saturating_sub(1)).take_while(belongs);
        below.filter(move |(_, text)| is_key(text)).map(|(number, _)| number)
    }

    /// Byte range of the words of a line (from 1), without its indentation.
    #[must_use]
    pub fn span_of_line(&self, line: usize) -> Range<usize> {
        let mut start = 0;
        for (number, text) in (1..).zip(self.text.split_inclusive('\n')) {
            if number == line {
                let words = text.trim();
                let indent = text.len() - text.trim_start().len();
                return start + indent..start + indent + words.len();
            }
            start += text.len();
        }
        self.text.len()..self.text.len()
    }

    fn lines_of_lab(&self, lab: &str) -> Range<usize> {
        let start = self.line_of_lab(lab, 0);
        let next = self.numbered().find(|(number, line)| *number > start && entry(line).0 == "lab");
        start..next.map_or(usize::MAX, |(number, _)| number)
    }

    fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    fn find_all<'a>(
        &'a self,
        key: &'a str,
        value: &'a str,
        lines: Range<usize>,
    ) -> impl Iterator<Item = usize> + 'a {
        self.numbered()
            .filter(move |(number, line)| lines.contains(number) && entry(line) == (key, value))
            .map(|(number, _)| number)
    }
}

/// Key and plain value of a line such as `- lab: "tlb"  # comment`; empty words where the line has another shape.
fn entry(line: &str) -> (&str, &str) {
    let line = line.trim();
    let line = line.strip_prefix("- ").map_or(line, str::trim_start);
    let Some((key, value)) = line.split_once(':') else {
        return ("", "");
    };
    let value = value.trim();
    let quoted = ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.split_once(quote).map(|(inner, _)| inner));
    let plain = value.split_once(" #").map_or(value, |(before, _)| before.trim_end());
    (key, quoted.unwrap_or(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title: x\nlabs:\n  - lab: tlb # cache\n    criteria:\n      - name: \"Hits\"\n        scenarios:\n          \
                        - a-hit\n      - name: Misses\n  - lab: mmu\n    criteria:\n      - name: Hits\n";

    #[test]
    fn entries_are_found_by_lab_and_name() {
        let text = CourseText::new("course.yaml", TEXT.to_owned());
        assert_eq!(text.line_of_lab("mmu", 0), 9);
        assert_eq!(text.line_of_criterion("tlb", "Hits"), 5);
        assert_eq!(text.line_of_criterion("mmu", "Hits"), 11);
        assert_eq!(text.line_of_item("tlb", "Hits", "a-hit"), 7);
        assert_eq!(text.line_of_item("tlb", "Misses", "a-hit"), 8);
        assert_eq!(&TEXT[text.span_of_line(9)], "- lab: mmu");
    }
}
