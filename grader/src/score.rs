//! From verdicts to points: the one rule by which a criterion's items become its score.
//!
//! A criterion's score is points × Σ over the kinds present of (weight of the kind / Σ weights present) × passed / total.
//! A kind that this run does not have (hidden scenarios in a hand-out) leaves the denominator, so that a student's own
//! run can reach full points. Rounding to 0.01 never makes full points out of less.

use crate::course::{Criterion, Lab, Weights};
use crate::verdict::{CaseResult, CriterionReport, Kind, LabVerdict, Verdict};

/// What the items of one lab add up to.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// What became of the lab.
    pub verdict: LabVerdict,
    /// Points reached, extra credit included, rounded to 0.01.
    pub score: f64,
    /// Points that can be reached, without extra credit.
    pub max_score: f64,
    /// Points by criterion, in the course's order.
    pub criteria: Vec<CriterionReport>,
}

/// Adds up the items of `lab`.
///
/// A criterion none of whose kinds is present in this run cannot be judged and counts for nothing, in the maximum
/// neither. Without any item at all the lab is failed: "0 of 0 passed" is never a success.
#[must_use]
pub fn score(lab: &Lab, weights: Weights, cases: &[CaseResult]) -> Scored {
    if cases.is_empty() {
        return Scored {
            verdict: LabVerdict::Failed,
            score: 0.0,
            max_score: lab.max_score(),
            criteria: unjudged(lab),
        };
    }
    let mut total = Sum::default();
    let mut criteria = Vec::with_capacity(lab.criteria.len());
    for criterion in &lab.criteria {
        let share = share(&criterion.name, weights, cases);
        let max_score = if share.is_some() { criterion.points } else { 0.0 };
        let score = max_score * share.unwrap_or(0.0);
        total.add(criterion, score, max_score);
        criteria.push(CriterionReport {
            name: criterion.name.clone(),
            score: rounded(score, max_score),
            max_score,
            chapter: page(lab.chapter_of(criterion)),
        });
    }
    Scored {
        verdict: total.verdict(cases),
        score: rounded(total.score, total.max_score) + rounded(total.extra, total.max_extra),
        max_score: total.max_score,
        criteria,
    }
}

/// The criteria of a lab that was not judged (it is missing, say): no points out of all.
#[must_use]
pub fn unjudged(lab: &Lab) -> Vec<CriterionReport> {
    let report = |criterion: &Criterion| CriterionReport {
        name: criterion.name.clone(),
        score: 0.0,
        max_score: criterion.points,
        chapter: page(lab.chapter_of(criterion)),
    };
    lab.criteria.iter().map(report).collect()
}

/// The page of the book as readers see it: `tlb.md#asids` of the source is `tlb.html#asids`.
#[must_use]
pub fn page(chapter: &str) -> String {
    let (file, anchor) = match chapter.split_once('#') {
        Some((file, anchor)) => (file, format!("#{anchor}")),
        None => (chapter, String::new()),
    };
    match file.strip_suffix(".md") {
        Some(stem) => format!("{stem}.html{anchor}"),
        None => format!("{file}{anchor}"),
    }
}

/// The same page where a reader of the course's folder finds it.
#[must_use]
pub fn source_of(chapter: &str) -> String {
    format!("book/src/{chapter}")
}

#[derive(Default)]
struct Sum {
    score: f64,
    max_score: f64,
    extra: f64,
    max_extra: f64,
}

impl Sum {
    fn add(&mut self, criterion: &Criterion, score: f64, max_score: f64) {
        if criterion.extra {
            self.extra += score;
            self.max_extra += max_score;
        } else {
            self.score += score;
            self.max_score += max_score;
        }
    }

    fn verdict(&self, cases: &[CaseResult]) -> LabVerdict {
        let mut judged = cases.iter().filter(|case| case.verdict != Verdict::NotRun).peekable();
        let any_judged = judged.peek().is_some();
        if any_judged && judged.all(|case| case.verdict == Verdict::NotStarted) {
            LabVerdict::NotStarted
        } else if is_full(self.score, self.max_score) && self.max_score + self.max_extra > 0.0 {
            LabVerdict::Passed
        } else if self.score + self.extra > 0.0 {
            LabVerdict::Partial
        } else {
            LabVerdict::Failed
        }
    }
}

/// What one kind of items contributes to a criterion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// The kind.
    pub kind: Kind,
    /// Points reached, rounded to 0.01.
    pub score: f64,
    /// Points that can be reached, rounded to 0.01.
    pub max_score: f64,
}

/// The points of a criterion, taken apart by the kinds of items that this run has; empty when none has a weight.
#[must_use]
pub fn by_kind(criterion: &str, points: f64, weights: Weights, cases: &[CaseResult]) -> Vec<Contribution> {
    let present = present(criterion, weights, cases);
    let whole: f64 = present.iter().map(|present| present.weight).sum();
    let contribution = |present: &Present| {
        let max_score = points * present.weight / whole;
        Contribution { kind: present.kind, score: rounded(max_score * present.ratio, max_score), max_score }
    };
    let to_cents = |part: Contribution| {
        let is_all = is_full(part.score, part.max_score);
        let max_score = (part.max_score * 100.0).round() / 100.0;
        Contribution { score: if is_all { max_score } else { part.score }, max_score, ..part }
    };
    if whole > 0.0 { present.iter().map(contribution).map(to_cents).collect() } else { Vec::new() }
}

/// A kind of items that a criterion has in this run.
struct Present {
    kind: Kind,
    weight: f64,
    /// The part of its items that passed.
    ratio: f64,
}

fn present(criterion: &str, weights: Weights, cases: &[CaseResult]) -> Vec<Present> {
    let kinds =
        [(Kind::Case, weights.cases), (Kind::Scenario, weights.visible), (Kind::Hidden, weights.hidden)];
    let of = |(kind, weight)| {
        let of_kind = |case: &&CaseResult| case.kind == kind && case.criterion == criterion;
        let total = cases.iter().filter(of_kind).count();
        let passed = cases.iter().filter(of_kind).filter(|case| case.verdict == Verdict::Passed).count();
        (total > 0).then(|| Present { kind, weight, ratio: ratio(passed, total) })
    };
    kinds.into_iter().filter_map(of).collect()
}

/// The part of a criterion's points that is reached, or `None` when no kind with a weight is present.
fn share(criterion: &str, weights: Weights, cases: &[CaseResult]) -> Option<f64> {
    let present = present(criterion, weights, cases);
    let whole: f64 = present.iter().map(|present| present.weight).sum();
    let reached: f64 = present.iter().map(|present| present.weight * present.ratio).sum();
    (whole > 0.0).then(|| reached / whole)
}

fn ratio(passed: usize, total: usize) -> f64 {
    // Counts of items are far below 2^52, where the conversion would begin to round.
    passed as f64 / total as f64
}

/// Whether `score` is all of `max`, but for the rounding of sums of fractions.
fn is_full(score: f64, max: f64) -> bool {
    score >= max - 1e-9
}

fn rounded(score: f64, max: f64) -> f64 {
    if is_full(score, max) {
        return max;
    }
    let cents = (score * 100.0).round() / 100.0;
    if cents >= max { (max * 100.0 - 1.0).max(0.0).floor() / 100.0 } else { cents }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Course;
    use rstest::rstest;

    fn lab() -> Lab {
        let text = "
title: t
labs:
  - lab: tlb
    title: Cache
    chapter: tlb.md
    types: [Tlb]
    criteria:
      - { name: Hits, step: 1, points: 60, cases: [hit], chapter: tlb.md#hits }
      - { name: Flush, step: 2, points: 40, cases: [flush] }
      - { name: Recycled, step: 3, points: 5, extra: true, cases: [recycled] }
";
        Course::parse("course.yaml", text.to_owned()).unwrap().labs.remove(0)
    }

    /// `passed` of `total` items of a kind for a criterion; the others are wrong.
    fn items(criterion: &str, kind: Kind, passed: usize, total: usize) -> Vec<CaseResult> {
        let item = |index| CaseResult {
            name: format!("{criterion}-{index}"),
            kind,
            criterion: criterion.to_owned(),
            verdict: if index < passed { Verdict::Passed } else { Verdict::Wrong },
            duration_ms: 0,
            message: String::new(),
            difference: None,
        };
        (0..total).map(item).collect()
    }

    #[rstest]
    #[case::all_three_kinds((1, 2), (1, 1), (3, 4), 60.0 * (0.2 * 0.5 + 0.4 + 0.4 * 0.75))]
    #[case::hidden_is_absent((1, 2), (1, 1), (0, 0), 60.0 * (20.0 * 0.5 + 40.0) / 60.0)]
    #[case::only_cases((1, 3), (0, 0), (0, 0), 20.0)]
    #[case::nothing_passes((0, 3), (0, 2), (0, 1), 0.0)]
    #[case::everything_passes((3, 3), (2, 2), (7, 7), 60.0)]
    #[case::one_of_very_many_fails((1, 1), (1, 1), (99_999, 100_000), 59.99)]
    fn kinds_present_share_the_points(
        #[case] cases: (usize, usize),
        #[case] visible: (usize, usize),
        #[case] hidden: (usize, usize),
        #[case] expected: f64,
    ) {
        let all: Vec<_> = [(Kind::Case, cases), (Kind::Scenario, visible), (Kind::Hidden, hidden)]
            .into_iter()
            .flat_map(|(kind, (passed, total))| items("Hits", kind, passed, total))
            .collect();
        let scored = score(&lab(), Weights::default(), &all);
        assert!((scored.criteria[0].score - expected).abs() < 1e-9, "{scored:?}");
    }

    #[test]
    fn a_criterion_that_cannot_be_judged_leaves_the_maximum() {
        let scored = score(&lab(), Weights::default(), &items("Hits", Kind::Case, 2, 2));
        assert_eq!((scored.score, scored.max_score), (60.0, 60.0));
        assert_eq!(scored.verdict, LabVerdict::Passed);
    }

    #[rstest]
    #[case::extra_on_top(true, 105.0)]
    #[case::extra_missed_is_still_full(false, 100.0)]
    fn extra_credit_stands_outside_the_maximum(#[case] extra: bool, #[case] expected: f64) {
        let mut all = items("Hits", Kind::Case, 1, 1);
        all.extend(items("Flush", Kind::Scenario, 1, 1));
        all.extend(items("Recycled", Kind::Case, usize::from(extra), 1));
        let scored = score(&lab(), Weights::default(), &all);
        assert_eq!((scored.score, scored.max_score), (expected, 100.0));
        assert_eq!(scored.verdict, LabVerdict::Passed);
    }

    #[rstest]
    #[case::nothing_started(&[Verdict::NotStarted, Verdict::NotStarted], LabVerdict::NotStarted)]
    #[case::the_rest_was_not_run(&[Verdict::NotStarted, Verdict::NotRun], LabVerdict::NotStarted)]
    #[case::nothing_was_run(&[Verdict::NotRun], LabVerdict::Failed)]
    #[case::wrong(&[Verdict::NotStarted, Verdict::Wrong], LabVerdict::Failed)]
    #[case::some(&[Verdict::Passed, Verdict::TimedOut], LabVerdict::Partial)]
    #[case::no_items(&[], LabVerdict::Failed)]
    fn the_lab_as_a_whole(#[case] verdicts: &[Verdict], #[case] expected: LabVerdict) {
        let mut all = items("Hits", Kind::Case, 0, verdicts.len());
        for (item, verdict) in all.iter_mut().zip(verdicts) {
            item.verdict = *verdict;
        }
        assert_eq!(score(&lab(), Weights::default(), &all).verdict, expected);
    }

    #[test]
    fn a_kind_without_weight_does_not_count() {
        let weights = Weights { cases: 0.0, ..Weights::default() };
        let mut all = items("Hits", Kind::Case, 0, 5);
        all.extend(items("Hits", Kind::Scenario, 1, 1));
        assert_eq!(score(&lab(), weights, &all).score, 60.0);
    }

    #[rstest]
    #[case::anchor("tlb.md#hits", "tlb.html#hits")]
    #[case::page_alone("tlb.md", "tlb.html")]
    #[case::already_a_page("tlb.html", "tlb.html")]
    fn chapters_are_named_as_readers_see_them(#[case] source: &str, #[case] expected: &str) {
        assert_eq!(page(source), expected);
    }
}
