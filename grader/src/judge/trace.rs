//! A trace as the grader sees it: compared lines, step headings, and the first difference of two traces.
//!
//! ```text
//! title: Two pages on one frame
//! step 1: map page 0x3 to frame 0x5 rw-u      heading
//!   result: ok                                 compared
//!   ~ write PT[0x3] = 0x8000000000005007       shown only
//! end
//! ```

use testbench::probe::PANICKED;

use crate::text;
use crate::verdict::Difference;

/// Longest line that is shown, in bytes.
const LINE_BYTES: usize = 400;
const END: &str = "end";

/// The compared lines of one run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    lines: Vec<String>,
}

impl Trace {
    /// Reads a trace; lines that are only shown are left out.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim_end).filter(|line| is_compared(line));
        Self { lines: lines.map(str::to_owned).collect() }
    }

    /// Reads what a process wrote; a last line that was cut off is left out.
    #[must_use]
    pub fn of_output(bytes: &[u8]) -> Self {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        Self::parse(&String::from_utf8_lossy(&bytes[..whole]))
    }

    /// The traces of several scenarios that one process played, one after the other.
    #[must_use]
    pub fn each_of_output(bytes: &[u8]) -> Vec<Self> {
        let all = Self::of_output(bytes).lines;
        let each = all.split_inclusive(|line| line == END);
        each.map(|lines| Self { lines: lines.to_vec() }).collect()
    }

    /// A trace with these compared lines.
    #[must_use]
    pub fn of_lines(lines: Vec<String>) -> Self {
        Self { lines }
    }

    /// The compared lines.
    #[must_use]
    pub fn compared(&self) -> &[String] {
        &self.lines
    }

    /// The lines before a panic that ended it, and the panic's words; none if there was no panic. Only of several traces.
    #[must_use]
    pub fn before_panic(&self) -> Option<(Self, &str)> {
        let [lines @ .., panic, _end] = &self.lines[..] else { return None };
        let words = panic.strip_prefix(PANICKED)?;
        Some((Self { lines: lines.to_vec() }, words))
    }

    /// Whether the scenario was played to its end.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.lines.last().is_some_and(|line| line == END)
    }

    /// The heading of the last step that was begun.
    #[must_use]
    pub fn last_step(&self) -> Option<&str> {
        let steps = self.lines.iter().rev();
        steps.map(String::as_str).find(|line| is_step(line))
    }

    /// Where this trace leaves `key`.
    ///
    /// A run that was cut short (by a panic, say) is only held to the lines that it has; a finished one to all.
    #[must_use]
    pub fn difference(&self, key: &Self, cut_short: bool) -> Option<Difference> {
        let longest = self.lines.len().max(key.lines.len());
        let compared = if cut_short { self.lines.len() } else { longest };
        let line = |trace: &Self, at: usize| trace.lines.get(at).cloned().unwrap_or_default();
        let at = (0..compared).find(|at| self.lines.get(*at) != key.lines.get(*at))?;
        let title = key.lines.iter().find_map(|line| line.strip_prefix("title: "));
        let so_far = key.lines.iter().take(at + 1).filter(|line| is_step(line));
        let shown = |line: &str| text::clean_line(line, LINE_BYTES);
        Some(Difference {
            title: shown(title.unwrap_or_default()),
            steps: so_far.map(|line| shown(line)).collect(),
            expected: shown(&line(key, at)),
            actual: shown(&line(self, at)),
        })
    }
}

/// Whether a line counts, and is not only shown.
pub(crate) fn is_compared(line: &str) -> bool {
    !line.is_empty() && !line.trim_start().starts_with("~ ")
}

/// Whether a line is the heading of a step.
pub(crate) fn is_step(line: &str) -> bool {
    line.starts_with("step ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const KEY: &str = "title: T\nstep 1: map\n  result: ok\n  ~ write\nstep 2: read\n  result: 7\nend\n";

    #[rstest]
    #[case::same(KEY, false, None)]
    #[case::other_shown_lines(
        "title: T\nstep 1: map\n  result: ok\n  ~ note x\nstep 2: read\n  result: 7\nend\n",
        false,
        None
    )]
    #[case::wrong(
        "title: T\nstep 1: map\n  result: ok\nstep 2: read\n  result: 8\nend\n",
        false,
        Some((2, "  result: 7", "  result: 8"))
    )]
    #[case::ends_early("title: T\nstep 1: map\n  result: ok\n", false, Some((2, "step 2: read", "")))]
    #[case::cut_short("title: T\nstep 1: map\n  result: ok\nstep 2: read\n  resu", true, None)]
    #[case::wrong_before_the_cut("title: T\nstep 1: map\n  result: no\nstep", true, Some((1, "  result: ok", "  result: no")))]
    #[case::goes_on("title: T\nstep 1: map\n  result: ok\nstep 2: read\n  result: 7\nend\nend\n", false, Some((2, "", "end")))]
    fn the_first_difference_is_found(
        #[case] output: &str,
        #[case] cut_short: bool,
        #[case] expected: Option<(usize, &str, &str)>,
    ) {
        let difference = Trace::of_output(output.as_bytes()).difference(&Trace::parse(KEY), cut_short);
        let found = difference.as_ref().map(|each| {
            assert_eq!(each.title, "T");
            (each.steps.len(), each.expected.as_str(), each.actual.as_str())
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn several_traces_end_where_each_ends() {
        let two = format!("{KEY}{KEY}title: cut\nst");
        let [first, second, cut] = &Trace::each_of_output(two.as_bytes())[..] else { panic!("three traces") };
        assert_eq!((first, second), (&Trace::parse(KEY), &Trace::parse(KEY)));
        assert!(!cut.is_whole());
    }

    #[test]
    fn a_panic_among_several_ends_its_trace() {
        let two = "title: T\nstep 1: map\npanicked: not yet implemented: step 2\nend\n";
        let [broken, whole] = &Trace::each_of_output(format!("{two}{KEY}").as_bytes())[..] else {
            panic!("two traces")
        };
        let before = Trace::parse("title: T\nstep 1: map\n");
        assert_eq!(broken.before_panic(), Some((before, "not yet implemented: step 2")));
        assert_eq!(whole.before_panic(), None);
    }

    #[test]
    fn the_step_that_was_running_is_the_last_heading() {
        let trace = Trace::of_output(b"title: T\nstep 1: map\n  result: ok\nstep 2: read\n  ~ ask\n");
        assert_eq!(trace.last_step(), Some("step 2: read"));
        assert!(!trace.is_whole());
    }
}
