//! Which failure of a lab to show, and what to do next: one of each, because a student mends one thing at a time.

use crate::course::{Course, Criterion, Lab};
use crate::score::source_of;
use crate::verdict::{CaseResult, Kind, LabReport, LabVerdict, Report, Verdict};

/// The failure of a lab that is worth showing first.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// The criterion that it costs.
    pub criterion: &'a Criterion,
    /// The item that failed.
    pub item: &'a CaseResult,
}

/// What a student does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The lab.
    pub lab: String,
    /// The step whose criterion is the first without full points.
    pub step: u32,
    /// That criterion.
    pub criterion: String,
    /// Its page of the book.
    pub chapter: String,
    /// What keeps the lab from being judged at all, if something does.
    pub obstacle: Option<&'static str>,
    /// Whether nothing of the criterion has been started.
    pub untouched: bool,
}

/// The failure to show for a lab, if one of its items failed.
///
/// Something that was written and is wrong comes before a `todo!()`, a criterion of an earlier step before a later one,
/// what the student can see before what is hidden, and a scenario (it tells a story) before a test.
#[must_use]
pub fn first<'a>(lab: &'a Lab, report: &'a LabReport) -> Option<Failure<'a>> {
    let failed = |case: &&CaseResult| !matches!(case.verdict, Verdict::Passed);
    report
        .cases
        .iter()
        .filter(failed)
        .filter_map(|item| {
            let criterion = lab.criterion(&item.criterion)?;
            Some(Failure { criterion, item })
        })
        .min_by_key(|failure| {
            let (hidden, kind) = match failure.item.kind {
                Kind::Scenario => (false, 0),
                Kind::Case => (false, 1),
                Kind::Hidden => (true, 2),
            };
            let state = match failure.item.verdict {
                Verdict::NotStarted => 1,
                Verdict::NotRun => 2,
                _ => 0,
            };
            (state, failure.criterion.step, hidden, kind)
        })
}

/// What to do next: the first criterion without full points of the first lab that has not passed.
#[must_use]
pub fn next(course: &Course, report: &Report) -> Option<Next> {
    let graded = report.labs.iter().find(|lab| lab.verdict != LabVerdict::Passed)?;
    let lab = course.lab(&graded.lab)?;
    let missing_points = |criterion: &&Criterion| {
        let reached = graded.criteria.iter().find(|reached| reached.name == criterion.name);
        !criterion.extra && reached.is_some_and(|reached| reached.score < reached.max_score)
    };
    let criterion = lab.criteria.iter().filter(missing_points).min_by_key(|criterion| criterion.step)?;
    let items = || graded.cases.iter().filter(|case| case.criterion == criterion.name);
    Some(Next {
        lab: lab.lab.clone(),
        step: criterion.step,
        criterion: criterion.name.clone(),
        chapter: source_of(lab.chapter_of(criterion)),
        obstacle: match graded.verdict {
            LabVerdict::DoesNotCompile => Some("make it compile"),
            LabVerdict::Rejected => Some("remove what the grader does not accept"),
            LabVerdict::Missing => Some("bring the file back"),
            _ => None,
        },
        untouched: items().all(|case| case.verdict == Verdict::NotStarted),
    })
}
