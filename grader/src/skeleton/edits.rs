//! What somebody wrote into a lab's file beside its source: work on the lab, or a change of what is given ([`of`]).
//!
//! `labs/src` is where labs are solved, also by who owns the solutions, so a file that differs from its skeleton is nothing odd.
//! What is given, the lines outside of the regions to fill in, stays as it is when a lab is solved: each of them is still
//! there, in order, whatever was written between them. Where one is not, the text itself was changed, in one of both places.

use super::regions::Solved;

/// How a lab's file differs from all that its source generates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Everything that is given is there, and something else beside it.
    Work,
    /// A line that is given is not there.
    Given(Missing),
}

/// A given line that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its number (from 1) in the solved file.
    pub line: usize,
    /// Its words.
    pub words: String,
}

impl Missing {
    /// Its words in quotes, a long line cut.
    fn shown(&self) -> String {
        const MOST: usize = 50;
        match self.words.char_indices().nth(MOST) {
            Some((end, _)) => format!("\"{}…\"", &self.words[..end]),
            None => format!("\"{}\"", self.words),
        }
    }

    /// That it is not in the lab's file, which is made from `source`.
    #[must_use]
    pub fn told(&self, source: &str) -> String {
        format!("line {} of {source}, {}, is not in it", self.line, self.shown())
    }
}

/// How `text` differs from all that `solved` generates; nothing where it does not.
///
/// Blank lines, indentation and the ends of lines do not count: formatting moves them around work.
#[must_use]
pub fn of(solved: &Solved, text: &str) -> Option<Edit> {
    if (0..=solved.last_step()).any(|step| words(&solved.solved_up_to(step)).eq(words(text))) {
        return None;
    }
    let mut lines = words(text);
    let given = solved.given().filter(|(_, line)| !line.trim().is_empty());
    // The first line that fits is as good as any later one: what remains to be found has only more room.
    let missing = given
        .map(|(number, line)| (number, line.trim()))
        .find(|(_, line)| !lines.any(|found| found == *line));
    Some(match missing {
        None => Edit::Work,
        Some((line, words)) => Edit::Given(Missing { line, words: words.to_owned() }),
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rstest::rstest;

    use super::*;

    const SOLVED: &str = "\
/// Adds.
fn add(a: u8) -> u8 {
    // begin solution (step 1): todo!(\"step 1: add to {a}\")
    a + 1
    // end solution
}

/// Halves.
fn halve(a: u8) -> u8 {
    // begin solution (step 2): todo!(\"step 2: halve {a}\")
    a / 2
    // end solution
}
";

    fn skeleton() -> String {
        Solved::parse(Path::new("tlb.rs"), SOLVED).unwrap().solved_up_to(0)
    }

    fn edit(text: &str) -> Option<Edit> {
        of(&Solved::parse(Path::new("tlb.rs"), SOLVED).unwrap(), text)
    }

    #[test]
    fn a_long_line_is_cut_where_a_character_ends() {
        let shown = |words: &str| Missing { line: 1, words: words.to_owned() }.shown();
        assert_eq!(shown("fn add(a: u8) -> u8 {"), "\"fn add(a: u8) -> u8 {\"");
        assert_eq!(shown(&"ü".repeat(51)), format!("\"{}…\"", "ü".repeat(50)));
    }

    #[test]
    fn what_is_generated_is_no_edit_whatever_ends_its_lines() {
        assert_eq!(edit(&skeleton()), None);
        assert_eq!(edit(&skeleton().replace('\n', "\r\n")), None);
        assert_eq!(edit(&Solved::parse(Path::new("tlb.rs"), SOLVED).unwrap().solved_up_to(1)), None);
    }

    #[rstest]
    #[case::a_step_solved(
        "todo!(\"step 1: add to {a}\")",
        "if a < 255 {\n        a + 1\n    } else {\n        a\n    }"
    )]
    #[case::a_helper("/// Halves.", "fn helper() {}\n\n/// Halves.")]
    #[case::an_import("/// Adds.", "use core::fmt;\n\n/// Adds.")]
    #[case::tests_at_the_end("todo!(\"step 2: halve {a}\")\n}", "a >> 1\n}\n\nmod tests {}")]
    fn work_on_a_lab_is_work(#[case] before: &str, #[case] after: &str) {
        assert_eq!(edit(&skeleton().replacen(before, after, 1)), Some(Edit::Work));
    }

    #[rstest]
    #[case::a_comment("/// Halves.", "/// Halves `a`.", 8, "/// Halves.")]
    #[case::a_signature("fn add(a: u8)", "fn add(a: u16)", 2, "fn add(a: u8) -> u8 {")]
    #[case::a_line_that_is_gone("/// Adds.\n", "", 1, "/// Adds.")]
    fn a_change_of_what_is_given_is_told_with_its_line(
        #[case] before: &str,
        #[case] after: &str,
        #[case] line: usize,
        #[case] words: &str,
    ) {
        let expected = Some(Edit::Given(Missing { line, words: words.to_owned() }));
        let changed = skeleton().replacen(before, after, 1);
        assert_eq!(edit(&changed), expected);
        // Work beside it hides nothing.
        let worked_on = changed.replace("todo!(\"step 1: add to {a}\")", "match a {\n    0 => { 1 }\n    }");
        assert_eq!(edit(&worked_on), expected);
    }
}
