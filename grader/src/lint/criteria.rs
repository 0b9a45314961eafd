//! The course file by itself: points, steps, hints, generators.

use crate::course::Lab;
use crate::report::words::points;

use super::Findings;

/// Points that the criteria of a lab add up to, extra credit apart.
const POINTS: f64 = 100.0;

/// Hints that every criterion has: a question, the direction, nearly the way there.
const HINTS: usize = 3;

pub(super) fn check(lab: &Lab, findings: &mut Findings<'_>) {
    let total = lab.max_score();
    if (total - POINTS).abs() > 1e-6 {
        let message = format!(
            "the criteria of {} add up to {} points, expected {} (extra credit apart)",
            lab.lab,
            points(total),
            points(POINTS)
        );
        findings.lab(lab, message);
    }
    check_steps(lab, findings);
    for criterion in &lab.criteria {
        let hints = criterion.hints.len();
        if hints != HINTS {
            let message = format!("\"{}\" has {hints} hints, expected {HINTS}", criterion.name);
            findings.criterion(lab, &criterion.name, message);
        }
        if criterion.hints.iter().any(|hint| hint.trim().is_empty()) {
            let message = format!("a hint of \"{}\" is empty", criterion.name);
            findings.criterion(lab, &criterion.name, message);
        }
        check_generators(lab, criterion, findings);
    }
}

fn check_steps(lab: &Lab, findings: &mut Findings<'_>) {
    let last = lab.criteria.iter().map(|criterion| criterion.step).max();
    for step in 1..=last.unwrap_or(0) {
        if !lab.criteria.iter().any(|criterion| criterion.step == step) {
            let message = format!("no criterion of {} has step {step}", lab.lab);
            findings.lab(lab, message);
        }
    }
    for pair in lab.criteria.windows(2) {
        if pair[1].step < pair[0].step {
            let message = format!(
                "\"{}\" (step {}) stands after step {}: criteria stand in the order of the steps",
                pair[1].name, pair[1].step, pair[0].step
            );
            findings.criterion(lab, &pair[1].name, message);
        }
    }
}

fn check_generators(lab: &Lab, criterion: &crate::course::Criterion, findings: &mut Findings<'_>) {
    let Some(spec) = testbench::lab::find(&lab.lab) else {
        return;
    };
    let known: Vec<_> = spec.generators.iter().map(|one| one.name).collect();
    for generator in criterion.generated.keys() {
        if !known.contains(&generator.as_str()) {
            let message = format!("there is no generator `{generator}`, known are: {}", known.join(", "));
            findings.item(lab, &criterion.name, generator, message);
        }
    }
}
