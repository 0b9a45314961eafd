//! The words that all forms of a report share.

use serde::Serialize;

use crate::colour::Tone;
use crate::course::policy::Lateness;
use crate::verdict::{CaseResult, Kind, LabVerdict, Verdict};

/// What being late meant, in words; nothing for who was in time.
#[must_use]
pub fn lateness(lateness: &Lateness) -> Option<String> {
    let Lateness { days, excused, percent, .. } = lateness;
    if *days == 0 {
        return None;
    }
    let days = counted(*days as usize, "day");
    let grace = match excused {
        0 => String::new(),
        excused => format!(", {} of grace", counted(*excused as usize, "day")),
    };
    Some(format!("{days} late{grace}: {} % off", points(*percent)))
}

/// What became of an item, in words.
#[must_use]
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Wrong => "wrong",
        Verdict::NotStarted => "not started",
        Verdict::Panicked => "panicked",
        Verdict::TimedOut => "timed out",
        Verdict::OutOfMemory => "out of memory",
        Verdict::Crashed => "crashed",
        Verdict::NotRun => "not run",
    }
}

/// What became of a lab, in words.
#[must_use]
pub fn lab_verdict(verdict: LabVerdict) -> &'static str {
    match verdict {
        LabVerdict::Passed => "passed",
        LabVerdict::Partial => "partly there",
        LabVerdict::Failed => "no points yet",
        LabVerdict::NotStarted => "not started",
        LabVerdict::DoesNotCompile => "does not compile",
        LabVerdict::Rejected => "rejected",
        LabVerdict::Missing => "no file",
    }
}

/// A verdict or a kind as machines read it: `not_started`.
#[must_use]
pub fn machine(word: &impl Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// How good a lab's verdict is.
#[must_use]
pub fn lab_tone(verdict: LabVerdict) -> Tone {
    match verdict {
        LabVerdict::Passed => Tone::Good,
        LabVerdict::Failed | LabVerdict::DoesNotCompile | LabVerdict::Rejected => Tone::Bad,
        LabVerdict::Partial => Tone::Soft,
        LabVerdict::NotStarted | LabVerdict::Missing => Tone::Quiet,
    }
}

/// The result of one criterion in words, from its items: `3 of 5 pass`, say.
#[must_use]
pub fn criterion(criterion: &str, cases: &[CaseResult]) -> (Tone, String) {
    let of_it = || cases.iter().filter(|case| case.criterion == criterion);
    let count = |verdict| of_it().filter(|case| case.verdict == verdict).count();
    let total = of_it().count();
    let passed = count(Verdict::Passed);
    if total == 0 {
        (Tone::Quiet, "not judged".to_owned())
    } else if passed == total {
        (Tone::Good, "passed".to_owned())
    } else if count(Verdict::NotRun) == total {
        (Tone::Quiet, "not run".to_owned())
    } else if count(Verdict::NotStarted) + count(Verdict::NotRun) == total {
        // What did not run may not be begun either; nothing of it is wrong.
        (Tone::Quiet, "not started".to_owned())
    } else {
        (Tone::Bad, format!("{passed} of {total} pass"))
    }
}

/// What an item is, with its name.
#[must_use]
pub fn item(case: &CaseResult) -> String {
    match case.kind {
        Kind::Case => format!("test {}", case.name),
        Kind::Scenario => format!("scenario {}", case.name),
        // Neither the name nor the trace of a hidden scenario leaves the grader.
        Kind::Hidden => "a hidden scenario".to_owned(),
    }
}

/// Whether the expected and the actual line say all that there is to say, and a message would only repeat it.
#[must_use]
pub fn is_told_by_lines(case: &CaseResult) -> bool {
    case.verdict == Verdict::Wrong && case.difference.is_some()
}

/// How sure a diagnosis is, in words.
#[must_use]
pub fn sureness(sure: f64) -> &'static str {
    if sure >= 0.9 {
        "very likely"
    } else if sure >= 0.75 {
        "likely"
    } else {
        "perhaps"
    }
}

/// A count with its noun: `1 lab`, `2 labs`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The first few of `names`, and how many there are beyond: `s01, s02, s03 and 4 more`.
#[must_use]
pub fn few(names: &[String]) -> String {
    const MOST: usize = 5;
    let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// How many lab files were judged in a run over many, in words.
#[must_use]
pub fn judged(count: usize) -> String {
    let was = if count == 1 { "was" } else { "were" };
    format!("{} {was} judged, all others were known", counted(count, "lab file"))
}

/// Points without needless zeros: `10`, `7.5`, `33.33`.
#[must_use]
pub fn points(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `text` without what could move a terminal's cursor or hide text; tabs become spaces, so that columns can be counted.
#[must_use]
pub fn harmless(text: &str) -> String {
    crate::text::clean(text, usize::MAX).replace('\t', "    ")
}

/// `text` broken into lines of at most `width` columns; lines after the first begin with `indent` spaces.
#[must_use]
pub fn folded(text: &str, width: usize, indent: usize) -> String {
    let start = text.len() - text.trim_start().len();
    let mut lines = vec![" ".repeat(start)];
    let mut used = start;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used + 1 + length > width && used > indent.max(start) {
            lines.push(" ".repeat(indent));
            used = indent;
        }
        if let Some(line) = lines.last_mut() {
            if !line.trim().is_empty() {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::fits("  1. Splits an address", 30, "  1. Splits an address")]
    #[case::hangs("  1. Splits an address", 16, "  1. Splits an\n     address")]
    #[case::a_word_that_is_too_long("abcdefghij kl", 5, "abcdefghij\n     kl")]
    fn long_lines_are_folded(#[case] text: &str, #[case] width: usize, #[case] expected: &str) {
        assert_eq!(folded(text, width, 5), expected);
    }

    #[rstest]
    #[case::all_pass(&[Verdict::Passed, Verdict::Passed], "passed")]
    #[case::one_fails(&[Verdict::Passed, Verdict::Wrong], "1 of 2 pass")]
    #[case::nothing_begun(&[Verdict::NotStarted, Verdict::NotStarted], "not started")]
    #[case::nothing_begun_and_no_time_for_the_rest(&[Verdict::NotStarted, Verdict::NotRun], "not started")]
    #[case::no_time(&[Verdict::NotRun, Verdict::NotRun], "not run")]
    #[case::some_pass_and_no_time_for_the_rest(&[Verdict::Passed, Verdict::NotRun], "1 of 2 pass")]
    fn a_criterion_in_words(#[case] verdicts: &[Verdict], #[case] expected: &str) {
        let item = |&verdict: &Verdict| CaseResult {
            name: "a".to_owned(),
            kind: Kind::Case,
            criterion: "c".to_owned(),
            verdict,
            duration_ms: 0,
            message: String::new(),
            difference: None,
        };
        let cases: Vec<CaseResult> = verdicts.iter().map(item).collect();
        assert_eq!(criterion("c", &cases).1, expected);
    }

    #[rstest]
    #[case::whole(10.0, "10")]
    #[case::half(7.5, "7.5")]
    #[case::third(100.0 / 3.0, "33.33")]
    #[case::hundred(100.0, "100")]
    #[case::nothing(0.0, "0")]
    fn points_have_no_needless_zeros(#[case] number: f64, #[case] expected: &str) {
        assert_eq!(points(number), expected);
    }
}
