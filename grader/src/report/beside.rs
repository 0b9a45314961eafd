//! A student's trace with the expected one beside it: what is the same once, what differs as two lines.
//!
//! ```text
//!   step 2: user read at 0x3000
//! -   result: PA:0x5000           expected
//! +   result: PA:0x3000           yours
//!     ~ read PT[0x3] = 0x7        shown only
//! ```

use crate::colour::{Look, Tone};
use crate::judge::trace::{Trace, is_compared, is_step};

use super::words::harmless;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Same,
    Expected,
    Yours,
    Shown,
}

/// A trace with what was expected beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    rows: Vec<(Side, String)>,
    /// Steps that were expected and not reached.
    steps_left: usize,
}

impl Beside {
    /// Compares what was `printed` with what was `expected`, step by step.
    #[must_use]
    pub fn new(printed: &str, expected: &Trace) -> Self {
        let own: Vec<&str> = printed.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let key: Vec<&str> = expected.compared().iter().map(String::as_str).collect();
        let (own, key) = (steps(&own), steps(&key));
        let mut rows = Vec::new();
        for (index, lines) in own.iter().enumerate() {
            let expected = key.get(index).copied().unwrap_or_default();
            align(lines, expected, &mut rows);
        }
        Self { rows, steps_left: key.len().saturating_sub(own.len()) }
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.steps_left == 0 && self.rows.iter().all(|(side, _)| matches!(side, Side::Same | Side::Shown))
    }

    /// As text, with a word on what the signs mean where there are any.
    #[must_use]
    pub fn render(&self, look: &Look) -> String {
        let mut text = String::new();
        if self.rows.iter().any(|(side, _)| matches!(side, Side::Expected | Side::Yours)) {
            let legend = |tone, words: &str| look.paint(tone, words);
            text += &format!("{}  {}\n", legend(Tone::Good, "- expected"), legend(Tone::Bad, "+ yours"));
        }
        for (side, line) in &self.rows {
            let (sign, tone) = match side {
                Side::Same => (' ', None),
                Side::Expected => ('-', Some(Tone::Good)),
                Side::Yours => ('+', Some(Tone::Bad)),
                Side::Shown => (' ', Some(Tone::Quiet)),
            };
            let line = format!("{sign} {}", harmless(line));
            text += &tone.map_or(line.clone(), |tone| look.paint(tone, &line));
            text.push('\n');
        }
        if self.steps_left > 0 {
            let plural = if self.steps_left == 1 { "step" } else { "steps" };
            text += &look.paint(Tone::Quiet, &format!("  ({} more {plural} expected)", self.steps_left));
            text.push('\n');
        }
        text
    }
}

/// `printed` alone, the lines that are only shown less loud.
#[must_use]
pub fn alone(printed: &str, look: &Look) -> String {
    let line = |line: &str| {
        let line = harmless(line);
        let line = if is_compared(&line) { line } else { look.paint(Tone::Quiet, &line) };
        format!("{line}\n")
    };
    printed.lines().map(line).collect()
}

/// Cuts a trace before each heading of a step; what stands before the first is a part of its own.
fn steps<'a, 'b>(lines: &'a [&'b str]) -> Vec<&'a [&'b str]> {
    lines.chunk_by(|_, next| !is_step(next)).collect()
}

/// Puts the lines of one step beside those expected: as many as possible in common, in their order.
fn align(own: &[&str], expected: &[&str], rows: &mut Vec<(Side, String)>) {
    let compared: Vec<&str> = own.iter().copied().filter(|line| is_compared(line)).collect();
    let longest = common(&compared, expected);
    let mut push = |side, line: &str| rows.push((side, line.to_owned()));
    let (mut at, mut key) = (0, 0);
    for line in own.iter().copied() {
        if !is_compared(line) {
            push(Side::Shown, line);
            continue;
        }
        // What was expected before this line comes first, unless leaving this line out is the better match.
        while key < expected.len() && expected[key] != line && longest[at][key + 1] >= longest[at + 1][key] {
            push(Side::Expected, expected[key]);
            key += 1;
        }
        if key < expected.len() && expected[key] == line {
            push(Side::Same, line);
            key += 1;
        } else {
            push(Side::Yours, line);
        }
        at += 1;
    }
    for line in &expected[key..] {
        push(Side::Expected, line);
    }
}

/// For each pair of positions, how many lines the rests from there have in common.
fn common(own: &[&str], expected: &[&str]) -> Vec<Vec<usize>> {
    let mut longest = vec![vec![0; expected.len() + 1]; own.len() + 1];
    for at in (0..own.len()).rev() {
        for key in (0..expected.len()).rev() {
            longest[at][key] = if own[at] == expected[key] {
                longest[at + 1][key + 1] + 1
            } else {
                longest[at + 1][key].max(longest[at][key + 1])
            };
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "title: T\nstep 1: map\n  result: ok\n  frames in use: 1\nstep 2: read\n  result: 7\nend\n";

    #[test]
    fn the_same_trace_is_shown_once() {
        let printed = KEY.replace("  result: 7", "  ~ read PT[0x3]\n  result: 7");
        let beside = Beside::new(&printed, &Trace::parse(KEY));
        assert!(beside.is_same());
        assert_eq!(beside.render(&Look::PLAIN).replace("\n  ", "\n").trim_start(), printed);
    }

    #[test]
    fn what_differs_stands_below_each_other() {
        let printed = "title: T\nstep 1: map\n  result: ok\n  PT[0x3]: set\n  frames in use: 1\nstep 2: read\n  ~ read\n  result: 8\nend\n";
        let beside = Beside::new(printed, &Trace::parse(KEY));
        assert!(!beside.is_same());
        insta::assert_snapshot!(beside.render(&Look::PLAIN), @r"
        - expected  + yours
          title: T
          step 1: map
            result: ok
        +   PT[0x3]: set
            frames in use: 1
          step 2: read
            ~ read
        -   result: 7
        +   result: 8
          end
        ");
    }

    #[test]
    fn a_trace_that_breaks_off_says_what_is_left() {
        let beside = Beside::new("title: T\nstep 1: map\n  result: ok\n", &Trace::parse(KEY));
        insta::assert_snapshot!(beside.render(&Look::PLAIN), @r"
        - expected  + yours
          title: T
          step 1: map
            result: ok
        -   frames in use: 1
          (1 more step expected)
        ");
    }
}
