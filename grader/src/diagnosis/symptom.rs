//! What is seen of a failed item, as a line that two runs of the same mistake share: [`of`].
//!
//! ```text
//! scenario   step 5: would leave: 0x3 0x4 0x2          the first line that differs, as the submission printed it
//! test       wrong: left: "+ 1" right: "+ 2"           the words of the assertion, without its place
//! anything   panicked: index out of bounds: ...        how it ended
//! ```
//!
//! The expected line is the scenario's own and need not be repeated.

use std::collections::BTreeMap;

use crate::hash::Hasher;
use crate::verdict::{CaseResult, Kind, Verdict};

/// Longest symptom, in characters; of a longer one the rest is a digest.
const LONGEST: usize = 160;

/// What is seen of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// It passed.
    Passed,
    /// It failed like this.
    Failed(String),
    /// It has not been started or did not run: it says nothing.
    Nothing,
}

/// What is seen of each item that a student has; a hidden one is not looked at.
pub(super) fn of(cases: &[CaseResult]) -> BTreeMap<&str, Seen> {
    let visible = cases.iter().filter(|case| case.kind != Kind::Hidden);
    visible.map(|case| (case.name.as_str(), seen(case))).collect()
}

fn seen(case: &CaseResult) -> Seen {
    let words = match (case.verdict, &case.difference) {
        (Verdict::Passed, _) => return Seen::Passed,
        (Verdict::NotStarted | Verdict::NotRun, _) => return Seen::Nothing,
        (Verdict::Wrong, Some(difference)) => {
            let last = difference.steps.last().and_then(|step| step.split(':').next());
            let line = difference.actual.trim();
            format!("{}: {}", last.unwrap_or("start"), if line.is_empty() { "nothing more" } else { line })
        }
        (Verdict::Wrong, None) => format!("wrong: {}", words_of(&case.message)),
        (Verdict::Panicked, _) => words_of(&case.message),
        // How far a loop came, and which signal ended a process, is the machine's affair.
        (Verdict::TimedOut, _) => "timed out".to_owned(),
        (Verdict::OutOfMemory, _) => "out of memory".to_owned(),
        (Verdict::Crashed, _) => "crashed".to_owned(),
    };
    Seen::Failed(shortened(words))
}

/// The words of a panic or an assertion on one line, without the place in a file.
fn words_of(message: &str) -> String {
    let message = match message.rsplit_once(" (labs/tests/") {
        Some((words, _)) => words,
        None => message,
    };
    // `panicked at labs/src/tlb.rs:41: words`
    let message = match message.strip_prefix("panicked at ").and_then(|rest| rest.split_once(": ")) {
        Some((_, words)) => format!("panicked: {words}"),
        None => message.to_owned(),
    };
    let message = message.replace("assertion `left == right` failed", "");
    message.trim_start_matches(':').split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(words: String) -> String {
    if words.chars().count() <= LONGEST {
        return words;
    }
    let mut hasher = Hasher::new("symptom");
    hasher.text("words", &words);
    let digest: String = hasher.finish().chars().take(8).collect();
    let kept: String = words.chars().take(LONGEST - 10).collect();
    format!("{kept} #{digest}")
}

/// How much two symptoms of one item are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// The same line.
    Same,
    /// The same kind of line at the same step, with other numbers.
    Shape,
    /// Both fail.
    Neither,
}

/// Compares two symptoms of one item.
pub(super) fn likeness(one: &str, other: &str) -> Likeness {
    if one == other {
        return Likeness::Same;
    }
    let ((step, line), (other_step, other_line)) = (halves(one), halves(other));
    if step == other_step && shape(line) == shape(other_line) { Likeness::Shape } else { Likeness::Neither }
}

/// The step, or the kind of failure, and the rest.
fn halves(symptom: &str) -> (&str, &str) {
    symptom.split_once(": ").unwrap_or((symptom, ""))
}

/// `line` with each number replaced: `would leave: 0x3 0x4` becomes `would leave: # #`.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|character: char| character.is_ascii_alphanumeric()) {
        shape.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        shape.push_str(if is_number(word) { "#" } else { word });
        rest = after;
    }
    shape + rest
}

/// Whether a word is a number: decimal, hexadecimal, or a digest of 16 digits.
fn is_number(word: &str) -> bool {
    let is_digest = word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest || word.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Difference;
    use rstest::rstest;

    fn case(verdict: Verdict, message: &str, difference: Option<(&str, &str)>) -> CaseResult {
        CaseResult {
            name: "a".to_owned(),
            kind: Kind::Case,
            criterion: "c".to_owned(),
            verdict,
            duration_ms: 0,
            message: message.to_owned(),
            difference: difference.map(|(step, actual)| Difference {
                title: "T".to_owned(),
                steps: vec!["step 1: begin".to_owned(), step.to_owned()],
                expected: "  result: 1".to_owned(),
                actual: actual.to_owned(),
            }),
        }
    }

    #[rstest]
    #[case::line(
        Verdict::Wrong,
        "differs in step 5",
        Some(("step 5: read page 0x2", "  would leave: 0x3 0x4")),
        "step 5: would leave: 0x3 0x4"
    )]
    #[case::end(Verdict::Wrong, "differs", Some(("step 5: read", "")), "step 5: nothing more")]
    #[case::assertion(
        Verdict::Wrong,
        "assertion `left == right` failed\n  left: 1\n right: 2 (labs/tests/tlb.rs:7)",
        None,
        "wrong: left: 1 right: 2"
    )]
    #[case::assertion_with_words(
        Verdict::Wrong,
        "assertion `left == right` failed: page 0x3\n  left: 1\n right: 2 (labs/tests/tlb.rs:7)",
        None,
        "wrong: page 0x3 left: 1 right: 2"
    )]
    #[case::own_panic(
        Verdict::Panicked,
        "panicked at labs/src/tlb.rs:41: index out of bounds: 3",
        None,
        "panicked: index out of bounds: 3"
    )]
    #[case::panic_elsewhere(
        Verdict::Panicked,
        "panicked: frame PFN:0x3 is free",
        None,
        "panicked: frame PFN:0x3 is free"
    )]
    #[case::loops(Verdict::TimedOut, "not done after 2 s while step 4: read was running", None, "timed out")]
    fn a_failure_is_told_in_a_line(
        #[case] verdict: Verdict,
        #[case] message: &str,
        #[case] difference: Option<(&str, &str)>,
        #[case] expected: &str,
    ) {
        assert_eq!(seen(&case(verdict, message, difference)), Seen::Failed(expected.to_owned()));
    }

    #[rstest]
    #[case::passed(Verdict::Passed, Seen::Passed)]
    #[case::not_started(Verdict::NotStarted, Seen::Nothing)]
    #[case::not_run(Verdict::NotRun, Seen::Nothing)]
    fn what_did_not_fail_has_no_symptom(#[case] verdict: Verdict, #[case] expected: Seen) {
        assert_eq!(seen(&case(verdict, "step 2: go", None)), expected);
    }

    #[test]
    fn a_hidden_item_is_not_looked_at() {
        let hidden = CaseResult { kind: Kind::Hidden, ..case(Verdict::Wrong, "a hidden scenario", None) };
        assert!(of(&[hidden]).is_empty());
    }

    #[test]
    fn long_words_keep_their_beginning_and_their_difference() {
        let long = |end: &str| shortened(format!("wrong: {}{end}", "x".repeat(300)));
        assert!(long("a").starts_with("wrong: xxx") && long("a").chars().count() <= LONGEST);
        assert_ne!(long("a"), long("b"));
    }

    #[rstest]
    #[case::same("step 5: result: 0x3", "step 5: result: 0x3", Likeness::Same)]
    #[case::other_number("step 5: result: PA:0x3", "step 5: result: PA:0x1f_4", Likeness::Shape)]
    #[case::other_step("step 5: result: 0x3", "step 6: result: 0x3", Likeness::Neither)]
    #[case::other_fact("step 5: result: 0x3", "step 5: fault at 0x3", Likeness::Neither)]
    #[case::other_ending("panicked: index 3", "wrong: index 3", Likeness::Neither)]
    fn symptoms_are_compared(#[case] one: &str, #[case] other: &str, #[case] expected: Likeness) {
        assert_eq!(likeness(one, other), expected);
    }
}
