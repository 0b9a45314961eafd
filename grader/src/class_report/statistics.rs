//! What a class as a whole did: how points are spread, which criteria and which items were hard.

use std::collections::BTreeMap;

use crate::gradebook::Entry;
use crate::verdict::{Diagnosis, Kind, LabReport, LabVerdict, Verdict};

/// Bars of the histogram: ten percent each, the last one with all that is beyond.
const BARS: usize = 10;
/// Items that are listed as the hardest.
const HARDEST: usize = 20;

/// The sums over a class, filled submission by submission.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    scores: Vec<f64>,
    labs: BTreeMap<String, LabSum>,
    criteria: BTreeMap<(String, String), CriterionSum>,
    items: BTreeMap<(String, String), ItemSum>,
    mistakes: BTreeMap<(String, String), MistakeSum>,
}

/// One lab over all who handed it in.
#[derive(Debug, Default, Clone)]
pub(super) struct LabSum {
    pub(super) scores: Vec<f64>,
    pub(super) passed: usize,
    pub(super) not_started: usize,
    pub(super) unjudged: usize,
}

/// One criterion over all who handed its lab in.
#[derive(Debug, Default, Clone)]
pub(super) struct CriterionSum {
    pub(super) score: f64,
    pub(super) max_score: f64,
    pub(super) full: usize,
    pub(super) some: usize,
    pub(super) none: usize,
}

/// One item, or all that one generator makes, over all whose lab was judged.
#[derive(Debug, Clone)]
pub(super) struct ItemSum {
    pub(super) kind: Kind,
    pub(super) criterion: String,
    pub(super) passed: usize,
    /// It was begun and ran.
    pub(super) tried: usize,
    pub(super) not_started: usize,
}

/// A known mistake that failures looked like.
#[derive(Debug, Default, Clone)]
pub(super) struct MistakeSum {
    pub(super) question: String,
    pub(super) students: usize,
}

/// One bar: from how many percent on, and how many students.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) from: usize,
    pub(super) count: usize,
}

impl Statistics {
    /// Adds a graded submission with `score` points in all.
    pub(super) fn add(&mut self, entry: &Entry, score: f64) {
        self.scores.push(score);
        for lab in entry.labs.iter().map(|lab| &lab.report) {
            if lab.verdict != LabVerdict::Missing {
                self.add_lab(lab);
                self.add_criteria(lab);
                self.add_items(lab);
                self.add_mistakes(lab);
            }
        }
    }

    fn add_lab(&mut self, lab: &LabReport) {
        let sum = self.labs.entry(lab.lab.clone()).or_default();
        sum.scores.push(lab.score);
        match lab.verdict {
            LabVerdict::Passed => sum.passed += 1,
            LabVerdict::NotStarted => sum.not_started += 1,
            LabVerdict::DoesNotCompile | LabVerdict::Rejected => sum.unjudged += 1,
            _ => {}
        }
    }

    fn add_criteria(&mut self, lab: &LabReport) {
        for criterion in &lab.criteria {
            let sum = self.criteria.entry((lab.lab.clone(), criterion.name.clone())).or_default();
            sum.score += criterion.score;
            sum.max_score += criterion.max_score;
            if criterion.score >= criterion.max_score && criterion.score > 0.0 {
                sum.full += 1;
            } else if criterion.score > 0.0 {
                sum.some += 1;
            } else {
                sum.none += 1;
            }
        }
    }

    fn add_items(&mut self, lab: &LabReport) {
        for case in &lab.cases {
            // What one generator makes is one item, or it would fill the list of the hardest alone.
            let name = case.name.split('#').next().unwrap_or_default().to_owned();
            let sum = self.items.entry((lab.lab.clone(), name)).or_insert_with(|| ItemSum {
                kind: case.kind,
                criterion: case.criterion.clone(),
                passed: 0,
                tried: 0,
                not_started: 0,
            });
            match case.verdict {
                Verdict::NotStarted => sum.not_started += 1,
                Verdict::NotRun => {}
                verdict => {
                    sum.tried += 1;
                    sum.passed += usize::from(verdict == Verdict::Passed);
                }
            }
        }
    }

    fn add_mistakes(&mut self, lab: &LabReport) {
        for Diagnosis { mistake, question, .. } in &lab.diagnosis {
            let sum = self.mistakes.entry((lab.lab.clone(), mistake.clone())).or_default();
            sum.question.clone_from(question);
            sum.students += 1;
        }
    }

    /// How many were graded.
    pub(super) fn graded(&self) -> usize {
        self.scores.len()
    }

    /// The mean and the median of the points; none of an empty class.
    pub(super) fn middle(&self) -> Option<(f64, f64)> {
        middle(&self.scores)
    }

    /// How many students have how many percent of `max_score`.
    pub(super) fn histogram(&self, max_score: f64) -> Vec<Bar> {
        let mut counts = [0; BARS];
        for score in &self.scores {
            let part = if max_score > 0.0 { score / max_score * BARS as f64 } else { 0.0 };
            // From 0 to 9; beyond the maximum stands the last one.
            let at = (0..BARS).rev().find(|at| part >= *at as f64).unwrap_or(0);
            counts[at] += 1;
        }
        let bar = |(at, count)| Bar { from: at * 100 / BARS, count };
        counts.into_iter().enumerate().map(bar).collect()
    }

    pub(super) fn lab(&self, lab: &str) -> LabSum {
        self.labs.get(lab).cloned().unwrap_or_default()
    }

    pub(super) fn criterion(&self, lab: &str, criterion: &str) -> CriterionSum {
        self.criteria.get(&(lab.to_owned(), criterion.to_owned())).cloned().unwrap_or_default()
    }

    /// The known mistakes that most students' failures look like, the most frequent first.
    pub(super) fn mistakes(&self) -> Vec<(&str, &str, &MistakeSum)> {
        let mistakes = self.mistakes.iter().map(|((lab, name), sum)| (lab.as_str(), name.as_str(), sum));
        let mut mistakes: Vec<_> = mistakes.collect();
        mistakes.sort_by_key(|(_, _, sum)| usize::MAX - sum.students);
        mistakes.truncate(HARDEST);
        mistakes
    }

    /// The items that the smallest part of those who tried them passed, the hardest first; none that all passed.
    pub(super) fn hardest(&self) -> Vec<(&str, &str, &ItemSum)> {
        let mut items: Vec<_> = self
            .items
            .iter()
            .filter(|(_, sum)| sum.passed < sum.tried)
            .map(|((lab, name), sum)| (lab.as_str(), name.as_str(), sum))
            .collect();
        // Of equally hard ones those that more people tried.
        let ease = |sum: &ItemSum| (sum.passed * 10_000 / sum.tried, usize::MAX - sum.tried);
        items.sort_by_key(|(_, _, sum)| ease(sum));
        items.truncate(HARDEST);
        items
    }
}

/// Mean and median.
pub(super) fn middle(scores: &[f64]) -> Option<(f64, f64)> {
    if scores.is_empty() {
        return None;
    }
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let median =
        if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) };
    Some((sorted.iter().sum::<f64>() / sorted.len() as f64, median))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::nobody(&[], None)]
    #[case::one(&[3.0], Some((3.0, 3.0)))]
    #[case::odd(&[9.0, 1.0, 2.0], Some((4.0, 2.0)))]
    #[case::even(&[1.0, 2.0, 3.0, 10.0], Some((4.0, 2.5)))]
    fn the_middle_of_a_class(#[case] scores: &[f64], #[case] expected: Option<(f64, f64)>) {
        assert_eq!(middle(scores), expected);
    }

    #[test]
    fn bars_hold_their_lower_edge_and_the_last_one_all_beyond() {
        let scores = vec![0.0, 19.9, 20.0, 39.99, 180.0, 200.0, 210.0];
        let statistics = Statistics { scores, ..Statistics::default() };
        let counts: Vec<_> = statistics.histogram(200.0).iter().map(|bar| bar.count).collect();
        assert_eq!(counts, [2, 2, 0, 0, 0, 0, 0, 0, 0, 3]);
    }
}
