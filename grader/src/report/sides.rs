//! The expected and the actual line of a trace, side by side, with what differs underlined.

use crate::colour::{Look, Tone};
use crate::verdict::Difference;

use super::words::harmless;

/// Steps before the one that differs that are shown.
const STEPS_SHOWN: usize = 4;

/// Stands for a line that is not there.
const NOTHING: &str = "(nothing more)";

/// The steps that led to the difference and the two lines, each line of text indented by `indent`.
pub(crate) fn render(difference: &Difference, look: &Look, indent: &str) -> String {
    let mut text = String::new();
    let left_out = difference.steps.len().saturating_sub(STEPS_SHOWN);
    if left_out > 0 {
        let plural = if left_out == 1 { "step" } else { "steps" };
        text += &format!("{indent}({left_out} {plural} before)\n");
    }
    for step in &difference.steps[left_out..] {
        text += &format!("{indent}{}\n", harmless(step.trim()));
    }
    let expected = shown(&difference.expected);
    let actual = shown(&difference.actual);
    // A line that is not there differs as a whole: the words say so, carets would only be noise.
    let (left, right) = if expected == NOTHING || actual == NOTHING {
        (String::new(), String::new())
    } else {
        carets(&expected, &actual)
    };
    let half = width(&expected).max(width("expected"));
    let both = indent.len() + 2 + half + 3 + width(&actual).max(width("yours"));
    if both <= look.width {
        let bar = look.bar();
        let row = |tone, left: &str, right: &str| {
            let fill = " ".repeat(half - width(left));
            let left = look.paint(tone, left);
            let line = format!("{indent}  {left}{fill} {bar} {right}");
            format!("{}\n", line.trim_end())
        };
        text += &row(Tone::Quiet, "expected", &look.paint(Tone::Quiet, "yours"));
        text += &row(Tone::Good, &expected, &look.paint(Tone::Bad, &actual));
        if !left.is_empty() {
            text += &row(Tone::Strong, &left, &look.paint(Tone::Strong, &right));
        }
    } else {
        // Too wide to stand beside each other: one above the other, where the columns line up as well.
        let row = |tone, name: &str, line: &str| {
            let line = format!("{indent}  {name:<8}  {}", look.paint(tone, line));
            format!("{}\n", line.trim_end())
        };
        for (tone, name, line) in [
            (Tone::Good, "expected", &expected),
            (Tone::Strong, "", &left),
            (Tone::Bad, "yours", &actual),
            (Tone::Strong, "", &right),
        ] {
            if !line.is_empty() {
                text += &row(tone, name, line);
            }
        }
    }
    text
}

fn shown(line: &str) -> String {
    let line = harmless(line.trim());
    if line.is_empty() { NOTHING.to_owned() } else { line }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Carets under what differs, for each of the two lines: all between the common beginning and the common end,
/// widened to whole words, because a student compares `0x5010` with `0x3010` and not one digit of it.
fn carets(expected: &str, actual: &str) -> (String, String) {
    let (a, b): (Vec<_>, Vec<_>) = (expected.chars().collect(), actual.chars().collect());
    let mut start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let shorter = a.len().min(b.len()) - start;
    let mut end = a.iter().rev().zip(b.iter().rev()).take(shorter).take_while(|(a, b)| a == b).count();
    while start > 0 && !is_break(a[start - 1]) {
        start -= 1;
    }
    while end > 0 && !is_break(a[a.len() - end]) {
        end -= 1;
    }
    let line = |length: usize| {
        let marked = length.saturating_sub(start + end).max(1);
        format!("{}{}", " ".repeat(start), "^".repeat(marked))
    };
    (line(a.len()), line(b.len()))
}

fn is_break(c: char) -> bool {
    !c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::one_digit_marks_its_word(
        "result: PA:0x5010",
        "result: PA:0x3010",
        "           ^^^^^^",
        "           ^^^^^^"
    )]
    #[case::other_lengths("result: ok", "result: fault at 0x10", "        ^^", "        ^^^^^^^^^^^^^")]
    #[case::a_beginning("reads: 1", "reads: 12", "       ^", "       ^^")]
    #[case::nothing_in_common("a b", "c d e", "^^^", "^^^^^")]
    fn what_differs_is_underlined(
        #[case] expected: &str,
        #[case] actual: &str,
        #[case] left: &str,
        #[case] right: &str,
    ) {
        assert_eq!(carets(expected, actual), (left.to_owned(), right.to_owned()));
    }

    fn difference(expected: &str, actual: &str, steps: usize) -> Difference {
        Difference {
            title: "Two pages on one frame".to_owned(),
            steps: (1..=steps).map(|n| format!("step {n}: read page {n:#x}")).collect(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
        }
    }

    #[test]
    fn short_lines_stand_beside_each_other() {
        let text = render(&difference("  result: PA:0x5010", "  result: PA:0x3010", 2), &Look::PLAIN, "  ");
        insta::assert_snapshot!(text, @r"
          step 1: read page 0x1
          step 2: read page 0x2
            expected          | yours
            result: PA:0x5010 | result: PA:0x3010
                       ^^^^^^ |            ^^^^^^
        ");
    }

    #[test]
    fn long_lines_stand_above_each_other_and_old_steps_are_counted() {
        let line = "result: page fault at 0x0000000000003010, error code 0x7 (present)";
        let text = render(&difference(line, &line.replace("0x7", "0x6"), 9), &Look::PLAIN, "  ");
        insta::assert_snapshot!(text, @"
          (5 steps before)
          step 6: read page 0x6
          step 7: read page 0x7
          step 8: read page 0x8
          step 9: read page 0x9
            expected  result: page fault at 0x0000000000003010, error code 0x7 (present)
                                                                           ^^^
            yours     result: page fault at 0x0000000000003010, error code 0x6 (present)
                                                                           ^^^
        ");
    }

    #[test]
    fn a_line_that_is_missing_is_told_in_words() {
        let text = render(&difference("  result: ok", "", 1), &Look::PLAIN, "");
        insta::assert_snapshot!(text, @r"
        step 1: read page 0x1
          expected   | yours
          result: ok | (nothing more)
        ");
    }
}
