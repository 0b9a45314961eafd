//! Scenarios: they parse, they count for one criterion at most, their keys are the reference's, their time is bounded.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use testbench::lab::LabSpec;

use crate::course::Lab;
use crate::keys;

use super::{Findings, Reference, files_in, line_with, stem};

/// How many times the reference's own time every limit is at least.
const HEADROOM: u32 = 20;

pub(super) fn check(lab: &Lab, reference: &mut dyn Reference, findings: &mut Findings<'_>) {
    let Some(spec) = testbench::lab::find(&lab.lab) else {
        // Told already, with the lab's other parts.
        return;
    };
    let mut times = Times::default();
    for (name, criterion) in listed(lab, findings) {
        let path = findings.layout.scenario(&lab.lab, &name);
        if !path.is_file() {
            let message = format!("there is no {}", findings.layout.relative(&path).display());
            findings.item(lab, &criterion, &name, message);
            continue;
        }
        check_visible(lab, spec, &name, reference, &mut times, findings);
    }
    check_unlisted(lab, spec, findings);
    check_hidden(lab, spec, reference, &mut times, findings);
    check_generated(lab, spec, reference, &mut times, findings);
    times.check(lab, findings);
}

/// All scenarios that the lab's criteria list, each with its first criterion; one that is listed twice is told.
fn listed(lab: &Lab, findings: &mut Findings<'_>) -> Vec<(String, String)> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for criterion in &lab.criteria {
        for scenario in &criterion.scenarios {
            match first.get(scenario.as_str()) {
                Some(other) => {
                    let message =
                        format!("scenario {scenario} counts for \"{other}\" already, expected one criterion");
                    findings.item(lab, &criterion.name, scenario, message);
                }
                None => {
                    first.insert(scenario, &criterion.name);
                }
            }
        }
    }
    first.into_iter().map(|(scenario, criterion)| (scenario.to_owned(), criterion.to_owned())).collect()
}

fn check_visible(
    lab: &Lab,
    spec: &LabSpec,
    name: &str,
    reference: &mut dyn Reference,
    times: &mut Times,
    findings: &mut Findings<'_>,
) {
    let path = findings.layout.scenario(&lab.lab, name);
    let Some(yaml) = parsed(spec, &path, findings).map(|(yaml, _)| yaml) else {
        return;
    };
    let Some(trace) = played(lab, &path, name, &yaml, reference, times, findings) else {
        return;
    };
    let snapshot = findings.layout.snapshot(&lab.lab, name);
    let accept = format!("grader lint --accept {}", accept_name(lab, name));
    let Ok(text) = std::fs::read_to_string(&snapshot) else {
        let message = format!("scenario {name} of {} has no key: run {accept}", lab.lab);
        findings.problem(&snapshot, None, message);
        return;
    };
    match keys::body(&text) {
        None => {
            let message = format!("not a snapshot (no header between `---` lines): run {accept}");
            findings.problem(&snapshot, Some(1), message);
        }
        Some(body) if body.trim_end() != trace.trim_end() => {
            let same = body.lines().zip(trace.lines()).take_while(|(a, b)| a == b);
            let line = text.lines().count() - body.lines().count() + same.count() + 1;
            let message = format!("the key is not what the reference does: run {accept}");
            findings.problem(&snapshot, Some(line), message);
        }
        Some(_) => {}
    }
}

/// The name by which `lint --accept` finds a scenario of a lab.
fn accept_name(lab: &Lab, scenario: &str) -> String {
    format!("{}/{scenario}", lab.lab)
}

fn check_unlisted(lab: &Lab, spec: &LabSpec, findings: &mut Findings<'_>) {
    for path in files_in(&findings.layout.scenarios_dir(&lab.lab), "yaml") {
        let name = stem(&path);
        if lab.criteria.iter().any(|one| one.scenarios.contains(&name)) {
            continue;
        }
        if parsed(spec, &path, findings).is_some() {
            let message = "counts for no criterion: practice, 0 points".to_owned();
            findings.note(&path, message);
        }
    }
}

fn check_hidden(
    lab: &Lab,
    spec: &LabSpec,
    reference: &mut dyn Reference,
    times: &mut Times,
    findings: &mut Findings<'_>,
) {
    for path in files_in(&findings.layout.hidden_dir(&lab.lab), "yaml") {
        let Some((yaml, criterion)) = parsed(spec, &path, findings) else {
            continue;
        };
        let line = line_with(&yaml, "criterion:");
        match criterion {
            None => {
                let message = "a hidden scenario names its criterion: add `criterion: ...`";
                findings.problem(&path, None, message.to_owned());
            }
            Some(name) if lab.criterion(&name).is_none() => {
                let message = format!("{} has no criterion \"{name}\"", lab.lab);
                findings.problem(&path, line, message);
            }
            Some(_) => {}
        }
        played(lab, &path, &stem(&path), &yaml, reference, times, findings);
    }
}

/// One scenario of each generator: it parses, and the reference can play it.
fn check_generated(
    lab: &Lab,
    spec: &LabSpec,
    reference: &mut dyn Reference,
    times: &mut Times,
    findings: &mut Findings<'_>,
) {
    for criterion in &lab.criteria {
        for (name, count) in &criterion.generated {
            let Some(generator) = spec.generators.iter().find(|one| one.name == name) else {
                continue;
            };
            let yaml = (generator.generate)(testbench::generate::seed_of(1, &lab.lab, name, 1));
            let told = match (spec.check)(Path::new(name), &yaml) {
                Err(error) => {
                    Err(format!("generator `{name}` makes a scenario that does not parse: {error}"))
                }
                Ok(_) => reference.play(lab, &yaml),
            };
            match told {
                Ok(played) => times.add(&format!("generator {name}"), played.duration, *count),
                Err(message) => findings.item(lab, &criterion.name, name, message),
            }
        }
    }
}

/// The text of a scenario and the criterion that it names, if it parses; otherwise the reason is told.
fn parsed(spec: &LabSpec, path: &Path, findings: &mut Findings<'_>) -> Option<(String, Option<String>)> {
    let yaml = match std::fs::read_to_string(path) {
        Ok(yaml) => yaml,
        Err(error) => {
            findings.problem(path, None, format!("cannot read the scenario: {error}"));
            return None;
        }
    };
    match (spec.check)(path, &yaml) {
        Ok(head) => Some((yaml, head.criterion)),
        Err(error) => {
            findings.problem(path, Some(error.line), error.message);
            None
        }
    }
}

/// The reference's trace of a scenario.
fn played(
    lab: &Lab,
    path: &Path,
    name: &str,
    yaml: &str,
    reference: &mut dyn Reference,
    times: &mut Times,
    findings: &mut Findings<'_>,
) -> Option<String> {
    match reference.play(lab, yaml) {
        Ok(played) => {
            times.add(&format!("scenario {name}"), played.duration, 1);
            Some(played.compared)
        }
        Err(message) => {
            findings.problem(path, None, message);
            None
        }
    }
}

/// What the reference needed, to be compared with the lab's limits.
#[derive(Default)]
struct Times {
    slowest: Option<(String, Duration)>,
    total: Duration,
}

impl Times {
    fn add(&mut self, name: &str, time: Duration, count: u32) {
        self.total += time * count;
        if self.slowest.as_ref().is_none_or(|(_, most)| time > *most) {
            self.slowest = Some((name.to_owned(), time));
        }
    }

    fn check(&self, lab: &Lab, findings: &mut Findings<'_>) {
        let Some((name, slowest)) = &self.slowest else {
            return;
        };
        let limits = [
            ("wall_ms", lab.limits.wall_ms, *slowest, name.as_str()),
            ("lab_wall_ms", lab.limits.lab_wall_ms, self.total, "all scenarios together"),
        ];
        for (limit, value, time, what) in limits {
            let least = time * HEADROOM;
            if Duration::from_millis(value) < least {
                let message = format!(
                    "the limit {limit} of {} is {value}, below {HEADROOM} times what the reference needs \
                     ({what}: {} ms): expected at least {}",
                    lab.lab,
                    time.as_millis(),
                    least.as_millis()
                );
                findings.lab(lab, message);
            }
        }
    }
}
