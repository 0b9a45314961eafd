//! What a course must not say, because no grade would follow from it.

use std::collections::BTreeSet;

use super::policy::{Extension, Late};
use super::{Course, Criterion, Lab};

/// A contradiction and the line (from 1) where it stands.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) line: usize,
    pub(super) message: String,
}

/// Every contradiction in `course`.
pub(super) fn problems(course: &Course) -> Vec<Problem> {
    let mut found = Vec::new();
    check_weights(course, &mut found);
    check_late(course, &mut found);
    check_extensions(course, &mut found);
    if course.labs.is_empty() {
        found.push(Problem {
            line: course.text.line_of_key("labs"),
            message: "the course has no labs".to_owned(),
        });
    }
    let mut names = BTreeSet::new();
    for lab in &course.labs {
        let first = names.insert(lab.lab.as_str());
        let line = course.text.line_of_lab(&lab.lab, usize::from(!first));
        if !first {
            let message = format!("two labs are called `{}`", lab.lab);
            found.push(Problem { line, message });
        }
        let mut told = |message: String| found.push(Problem { line, message });
        check_lab(lab, &names, &mut told);
        for criterion in &lab.criteria {
            let line = course.text.line_of_criterion(&lab.lab, &criterion.name);
            let mut told = |message: String| found.push(Problem { line, message });
            check_criterion(criterion, &mut told);
        }
    }
    found
}

fn check_weights(course: &Course, found: &mut Vec<Problem>) {
    let weights = [
        ("cases", course.weights.cases),
        ("visible", course.weights.visible),
        ("hidden", course.weights.hidden),
    ];
    let line = course.text.line_of_key("weights");
    for (name, weight) in weights {
        if !weight.is_finite() || weight < 0.0 {
            let message = format!("the weight of `{name}` is {weight}, it must be 0 or more");
            found.push(Problem { line, message });
        }
    }
    if weights.iter().all(|(_, weight)| *weight == 0.0) {
        let message = "all three weights are 0, so nothing could earn points".to_owned();
        found.push(Problem { line, message });
    }
}

fn check_late(course: &Course, found: &mut Vec<Problem>) {
    let Late { percent_per_day, cap_percent, grace_days } = course.policy.late;
    let line = course.text.line_of_key("late");
    let mut told = |message: String| found.push(Problem { line, message });
    for (key, percent) in [("percent_per_day", percent_per_day), ("cap_percent", cap_percent)] {
        // What is no number fails the comparison too.
        if !(0.0..=100.0).contains(&percent) {
            told(format!("`{key}` of `late` is {percent}, it must be from 0 to 100"));
        }
    }
    let labs: Vec<&Lab> = course.labs.iter().collect();
    let costs = percent_per_day > 0.0 || grace_days > 0;
    if costs && !course.policy.has_deadline(&labs) {
        told("`late` says what late days cost, and there is no `deadline`".to_owned());
    }
}

fn check_extensions(course: &Course, found: &mut Vec<Problem>) {
    let mut seen: Vec<(&str, Option<&str>)> = Vec::new();
    for Extension { student, lab, until } in &course.policy.extensions {
        let nth = seen.iter().filter(|(other, _)| *other == student).count();
        let line = course.text.line_of_extension(student, nth);
        let mut told = |message: String| found.push(Problem { line, message });
        if student.trim().is_empty() {
            told("an extension has an empty `student`".to_owned());
        }
        if seen.contains(&(student, lab.as_deref())) {
            told(format!("two extensions of `{student}` for the same labs"));
        }
        seen.push((student, lab.as_deref()));
        let due = match lab.as_ref().map(|name| course.lab(name).ok_or(name)) {
            Some(Err(name)) => {
                told(format!("the extension of `{student}` is for `{name}`, which is no lab"));
                continue;
            }
            Some(Ok(lab)) => lab.deadline.as_ref().or(course.policy.deadline.as_ref()),
            None => course.policy.deadline.as_ref(),
        };
        match due {
            Some(due) if until <= due => {
                told(format!("the extension of `{student}` ends at {until}, not after the deadline {due}"));
            }
            None if lab.is_some() || course.labs.iter().all(|lab| lab.deadline.is_none()) => {
                told(format!("an extension of `{student}`, and there is no `deadline`"));
            }
            _ => {}
        }
    }
}

/// `earlier` holds the names of the labs up to and including this one.
fn check_lab(lab: &Lab, earlier: &BTreeSet<&str>, told: &mut dyn FnMut(String)) {
    let name = &lab.lab;
    let is_module = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_module {
        told(format!("the lab name `{name}` is not a module name (a-z, 0-9 and _, a letter first)"));
    }
    if lab.types.is_empty() {
        told(format!("lab `{name}` has no `types`: name what its file must define"));
    }
    for kind in &lab.types {
        if !kind.starts_with(|c: char| c.is_ascii_uppercase())
            || !kind.chars().all(|c| c.is_ascii_alphanumeric())
        {
            told(format!("`{kind}` in `types` is not the name of a type"));
        }
    }
    for before in &lab.after {
        if before == name || !earlier.contains(before.as_str()) {
            told(format!("`after` names `{before}`, which is no lab before `{name}`"));
        }
    }
    if lab.criteria.is_empty() {
        told(format!("lab `{name}` has no criteria"));
    }
    let mut names = BTreeSet::new();
    for criterion in &lab.criteria {
        if !names.insert(&criterion.name) {
            told(format!("two criteria of `{name}` are called \"{}\"", criterion.name));
        }
    }
    let limits = [
        ("wall_ms", lab.limits.wall_ms),
        ("cpu_s", lab.limits.cpu_s),
        ("memory_mib", lab.limits.memory_mib),
        ("lab_cpu_ms", lab.limits.lab_cpu_ms),
    ];
    for (limit, value) in limits {
        if value == 0 {
            told(format!("the limit {limit} is 0, nothing could run"));
        }
    }
}

fn check_criterion(criterion: &Criterion, told: &mut dyn FnMut(String)) {
    let Criterion { name, points, .. } = criterion;
    if name.trim().is_empty() {
        told("a criterion has an empty name".to_owned());
    }
    if !points.is_finite() || *points < 0.0 {
        told(format!("the points are {points}, they must be 0 or more (\"{name}\")"));
    }
    if criterion.step == 0 {
        told(format!("the step is 0, steps are numbered from 1 (\"{name}\")"));
    }
    if criterion.cases.is_empty() && criterion.scenarios.is_empty() && criterion.generated.is_empty() {
        told(format!("nothing shows whether \"{name}\" is met: give it cases, scenarios or generated"));
    }
    for (generator, count) in &criterion.generated {
        if *count == 0 {
            told(format!("generator `{generator}` contributes 0 scenarios (\"{name}\")"));
        }
    }
    let mut scenarios = BTreeSet::new();
    for scenario in &criterion.scenarios {
        if !is_scenario_name(scenario) {
            told(format!("`{scenario}` is not the name of a scenario (name, or otherlab/name)"));
        }
        if !scenarios.insert(scenario) {
            told(format!("scenario `{scenario}` stands twice under \"{name}\""));
        }
    }
}

/// A scenario's name becomes part of a path, so it has letters, digits, `-`, `_`, and at most one `/`.
fn is_scenario_name(name: &str) -> bool {
    let parts: Vec<_> = name.split('/').collect();
    parts.len() <= 2
        && parts.iter().all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        })
}
