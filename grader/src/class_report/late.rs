//! When something was due and handed in, and what being late cost, in words and in the clock of the deadline's zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::course::policy::Late;
use crate::gradebook::{Entry, LabEntry};
use crate::report::words::{self, counted, points};

use super::Source;

/// The time `at` as the clock of that deadline shows it which `student` has for `lab`; in UTC without a deadline.
fn clock(source: &Source<'_>, student: &str, lab: Option<&str>, at: Timestamp) -> String {
    let policy = &source.course.policy;
    let due = lab.and_then(|lab| source.course.lab(lab)).and_then(|lab| policy.due(student, lab));
    let zone = due.map_or(TimeZone::UTC, |due| due.time_zone().clone());
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// When the submission came; none if that is not known.
pub(super) fn handed_in(source: &Source<'_>, entry: &Entry) -> Option<String> {
    let first = entry.labs.iter().find(|lab| lab.lateness.due.is_some()).map(|lab| lab.report.lab.as_str());
    Some(clock(source, &entry.student, first, entry.submitted_at?))
}

/// When the labs were due for this student: one date where all have the same, otherwise each lab's; none without a deadline.
pub(super) fn due(source: &Source<'_>, entry: &Entry) -> Option<String> {
    let shown = |lab: &LabEntry| {
        let name = &lab.report.lab;
        Some((name.clone(), clock(source, &entry.student, Some(name), lab.lateness.due?)))
    };
    let due: Vec<(String, String)> = entry.labs.iter().filter_map(shown).collect();
    let (_, first) = due.first()?;
    if due.len() == entry.labs.len() && due.iter().all(|(_, each)| each == first) {
        return Some(first.clone());
    }
    Some(due.iter().map(|(lab, at)| format!("{lab} {at}")).collect::<Vec<_>>().join(", "))
}

/// What being late cost in all, with the rule; none for who was in time.
pub(super) fn cost(source: &Source<'_>, entry: &Entry) -> Option<String> {
    if !entry.labs.iter().any(|lab| of_lab(lab).is_some()) {
        return None;
    }
    let rule = rule(&source.course.policy.late);
    let reached: f64 = entry.labs.iter().map(|lab| lab.report.score).sum();
    let taken = reached - entry.score();
    if taken < 0.005 {
        return Some(format!("Being late cost no points. The rule: {rule}."));
    }
    let (taken, reached) = (points(taken), points(reached));
    Some(format!("Being late took {taken} of the {reached} points reached. The rule: {rule}."))
}

/// The course's rule, in words.
fn rule(late: &Late) -> String {
    if late.percent_per_day == 0.0 {
        return "being late is noted and costs nothing".to_owned();
    }
    let percent = points(late.percent_per_day);
    let mut rule = format!("each started day after the deadline takes {percent} % of a lab's points");
    if late.cap_percent < 100.0 {
        rule += &format!(", {} % at most", points(late.cap_percent));
    }
    match late.grace_days {
        0 => {}
        1 => rule += "; the first late day costs nothing",
        days => rule += &format!("; the first {} cost nothing", counted(days as usize, "late day")),
    }
    rule
}

/// How late one lab was, in words; none for what was in time, and where there is nothing to take off: what was not handed in at
/// all, or reached no points.
pub(super) fn of_lab(lab: &LabEntry) -> Option<String> {
    words::lateness(&lab.lateness).filter(|_| lab.report.score > 0.0)
}
