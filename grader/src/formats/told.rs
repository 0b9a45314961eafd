//! What leaves the grader of a report: names, verdicts and words, made harmless and short.
//!
//! No form looks into a [`CaseResult`] itself, so none can tell more of a hidden item than its verdict.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::colour::Look;
use crate::course::Course;
use crate::report::{sides, words};
use crate::text;
use crate::verdict::{CaseResult, CriterionReport, Diagnosis, Kind, LabReport, LabVerdict, Report, Verdict};

/// Most bytes of a name; the course gives most of them, and a longer one would only break a table.
const NAME_BYTES: usize = 200;
/// Most bytes of one text, from what is wanted to what is left when everything has to fit into little.
const TEXT_BYTES: [usize; 5] = [16 << 10, 4 << 10, 1 << 10, 256, 0];

/// One judged item as it may be told.
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) criterion: String,
    pub(crate) kind: Kind,
    pub(crate) verdict: Verdict,
    pub(crate) duration_ms: u64,
    /// What is wrong, in words; empty when nothing is, and for a hidden item.
    pub(crate) text: String,
}

/// The items of a lab. A hidden one is called by its criterion and a number.
pub(crate) fn items(graded: &LabReport, most: usize) -> Vec<Item> {
    let mut hidden: BTreeMap<&str, usize> = BTreeMap::new();
    let mut items = Vec::with_capacity(graded.cases.len());
    for case in &graded.cases {
        let is_hidden = case.kind == Kind::Hidden;
        let name = if is_hidden {
            let number = hidden.entry(&case.criterion).or_default();
            *number += 1;
            format!("{}, hidden scenario {number}", case.criterion)
        } else {
            case.name.clone()
        };
        items.push(Item {
            name: line(&name),
            criterion: line(&case.criterion),
            kind: case.kind,
            verdict: case.verdict,
            duration_ms: if is_hidden { 0 } else { case.duration_ms },
            text: if is_hidden { String::new() } else { text::clean(&wrong(case), most) },
        });
    }
    items
}

/// The items of a lab; with the first that failed, the questions of the known mistakes that the lab's failures look like.
pub(crate) fn items_asking(graded: &LabReport, most: usize) -> Vec<Item> {
    let mut items = items(graded, most);
    if let Some(item) = first_failure(graded).and_then(|at| items.get_mut(at)) {
        // Before the rest, because what is too long is cut at its end.
        item.text = text::clean(&format!("{}{}", questions(graded), item.text), most);
    }
    items
}

/// What is wrong with a visible item: both lines of the traces, or its message.
fn wrong(case: &CaseResult) -> String {
    match &case.difference {
        _ if case.verdict == Verdict::Passed => String::new(),
        Some(difference) if case.verdict == Verdict::Wrong => {
            format!("{}\n{}", difference.title, sides::render(difference, &Look::PLAIN, ""))
        }
        _ => case.message.clone(),
    }
}

/// Which visible item is the first that failed, in the order of the criteria: the one that the known mistakes' questions stand
/// with. They are found by visible items alone.
fn first_failure(graded: &LabReport) -> Option<usize> {
    let failed = |case: &CaseResult| {
        case.kind != Kind::Hidden
            && !matches!(case.verdict, Verdict::Passed | Verdict::NotStarted | Verdict::NotRun)
    };
    let of = |criterion: &CriterionReport| {
        graded.cases.iter().position(|case| failed(case) && case.criterion == criterion.name)
    };
    graded.criteria.iter().find_map(of)
}

/// What the failures of the lab look like, a question a line.
fn questions(graded: &LabReport) -> String {
    let question = |diagnosis: &Diagnosis| {
        format!("{} the question: {}\n", words::sureness(diagnosis.sure), line(&diagnosis.question))
    };
    graded.diagnosis.iter().map(question).collect()
}

/// What the items of `kinds` of a criterion show, in a few lines: how many pass, what the lab's failures look like where its
/// first is among them, and what is wrong with those that do not pass.
pub(crate) fn summary(graded: &LabReport, criterion: &str, kinds: &[Kind], most: usize) -> String {
    let is_here = |at: usize| {
        let case = &graded.cases[at];
        case.criterion == criterion && kinds.contains(&case.kind)
    };
    let questions =
        if first_failure(graded).is_some_and(is_here) { questions(graded) } else { String::new() };
    account_asking(graded, criterion, kinds, &questions, most)
}

/// The same without the questions, for who tells them elsewhere.
pub(crate) fn account(graded: &LabReport, criterion: &str, kinds: &[Kind], most: usize) -> String {
    account_asking(graded, criterion, kinds, "", most)
}

fn account_asking(
    graded: &LabReport,
    criterion: &str,
    kinds: &[Kind],
    questions: &str,
    most: usize,
) -> String {
    if let Some(obstacle) = obstacle(graded) {
        return obstacle.to_owned();
    }
    let of_it = |case: &&CaseResult| case.criterion == criterion && kinds.contains(&case.kind);
    let cases: Vec<CaseResult> = graded.cases.iter().filter(of_it).cloned().collect();
    let (_, result) = words::criterion(criterion, &cases);
    let mut told = result;
    let hidden = cases.iter().filter(|case| case.kind == Kind::Hidden);
    let total = hidden.clone().count();
    if total > 0 && total < cases.len() {
        let passed = hidden.filter(|case| case.verdict == Verdict::Passed).count();
        told += &format!("\nhidden scenarios: {passed} of {total} pass");
    }
    if !questions.is_empty() {
        told += &format!("\n{}", questions.trim_end());
    }
    let visible = |case: &&CaseResult| case.kind != Kind::Hidden;
    let failed = |case: &&CaseResult| !matches!(case.verdict, Verdict::Passed | Verdict::NotStarted);
    for case in cases.iter().filter(visible).filter(failed) {
        told += &format!("\n\n{}: {}", words::verdict(case.verdict), line(&words::item(case)));
        for wrong in wrong(case).lines() {
            told += format!("\n    {wrong}").trim_end();
        }
    }
    text::clean(&told, most)
}

/// Why nothing of the lab was judged, if it was not.
pub(crate) fn obstacle(graded: &LabReport) -> Option<&'static str> {
    match graded.verdict {
        LabVerdict::DoesNotCompile | LabVerdict::Rejected | LabVerdict::Missing => {
            Some(words::lab_verdict(graded.verdict))
        }
        _ => None,
    }
}

/// The compiler's words, or why a file was rejected.
pub(crate) fn diagnostics(graded: &LabReport, most: usize) -> String {
    text::clean(graded.diagnostics.trim_end(), most)
}

/// What keeps labs from being judged, and what the student should know. No points: where hidden items are kept back, a
/// total would tell of them.
pub(crate) fn notes(report: &Report, most: usize) -> String {
    let mut told = Vec::new();
    for graded in report.labs.iter().filter(|graded| !graded.diagnostics.is_empty()) {
        let what = obstacle(graded).unwrap_or("the compiler says");
        told.push(format!("{}: {what}\n{}\n", line(&graded.lab), diagnostics(graded, most)));
    }
    // Who is asked to review something is the instructor; the student would read an accusation.
    for flag in report.flags.iter().filter(|flag| !flag.starts_with("review:")) {
        told.push(format!("note: {}\n", text::clean_line(flag, most)));
    }
    told.join("\n")
}

/// A criterion with its step, as the table for a person names it.
pub(crate) fn title(course: &Course, lab: &str, criterion: &CriterionReport) -> String {
    let known = course.lab(lab).and_then(|lab| lab.criterion(&criterion.name));
    let step = known.map_or_else(String::new, |known| format!("{}. ", known.step));
    let extra = if known.is_some_and(|known| known.extra) { " (extra credit)" } else { "" };
    line(&format!("{step}{}{extra}", criterion.name))
}

/// Whether the criterion's points stand outside the maximum.
pub(crate) fn is_extra(course: &Course, lab: &str, criterion: &str) -> bool {
    let known = course.lab(lab).and_then(|lab| lab.criterion(criterion));
    known.is_some_and(|known| known.extra)
}

/// Whether nothing at all could be judged.
pub(crate) fn is_unjudged(report: &Report) -> bool {
    report.labs.iter().all(|lab| obstacle(lab).is_some())
}

/// Time that the report's processes took, in milliseconds; of hidden items none is known.
pub(crate) fn duration_ms(report: &Report) -> u64 {
    let of_lab =
        |lab: &LabReport| lab.compile_ms + lab.cases.iter().map(|case| case.duration_ms).sum::<u64>();
    report.labs.iter().map(of_lab).sum()
}

/// One harmless line.
pub(crate) fn line(text: &str) -> String {
    text::clean_line(text, NAME_BYTES)
}

/// `value` as JSON with a line end, indented.
pub(crate) fn json(value: &impl Serialize) -> String {
    // Writing JSON fails only on keys that are no strings and on writers that fail; a report has neither.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// What `render` makes with the longest texts that let it fit into `limit` bytes.
pub(crate) fn fitting(limit: usize, render: impl Fn(usize) -> String) -> String {
    let mut rendered = String::new();
    for most in TEXT_BYTES {
        rendered = render(most);
        if rendered.len() <= limit {
            break;
        }
    }
    rendered
}
