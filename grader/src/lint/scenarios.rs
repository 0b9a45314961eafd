//! Scenarios: they parse, they count for one criterion at most, their keys are the reference's, their time is bounded.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use testbench::lab::LabSpec;

use crate::course::Lab;
use crate::keys;

use super::{Findings, Reference, files_in, line_with, stem};

/// How many times the reference's slowest scenario the limit of one process is at least: a right draft may be slow.
const HEADROOM: u32 = 20;

/// The same for the limit of a whole lab. It is there to bound what loops cost, and no right draft is that slow everywhere.
const HEADROOM_OF_LAB: u32 = 5;

/// How often a time that looks too long is measured again.
const MEASURED_AGAIN: u32 = 3;

pub(super) fn check(lab: &Lab, reference: &mut dyn Reference, findings: &mut Findings<'_>) {
    let Some(spec) = testbench::lab::find(&lab.lab) else {
        // Told already, with the lab's other parts.
        return;
    };
    let listed = listed(lab, findings);
    let mut checker = Checker { lab, spec, reference, findings, times: Times::default() };
    for (name, criterion) in listed {
        checker.check_visible(&name, &criterion);
    }
    checker.check_unlisted();
    checker.check_hidden();
    checker.check_generated();
    checker.times.check(lab, checker.reference, checker.findings);
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

/// Checks the scenarios of one lab.
struct Checker<'a, 'b> {
    lab: &'a Lab,
    spec: &'static LabSpec,
    reference: &'a mut dyn Reference,
    findings: &'a mut Findings<'b>,
    times: Times,
}

impl Checker<'_, '_> {
    fn check_visible(&mut self, name: &str, criterion: &str) {
        let (lab, layout) = (self.lab, self.findings.layout);
        let path = layout.scenario(&lab.lab, name);
        if !path.is_file() {
            let message = format!("there is no {}", layout.relative(&path).display());
            self.findings.item(lab, criterion, name, message);
            return;
        }
        let Some(yaml) = self.parsed(&path).map(|(yaml, _)| yaml) else {
            return;
        };
        if let Some(trace) = self.played(&path, name, &yaml) {
            self.check_key(name, &trace);
        }
    }

    /// Compares the key of a visible scenario with what the reference does.
    fn check_key(&mut self, name: &str, trace: &str) {
        let lab = &self.lab.lab;
        let snapshot = self.findings.layout.snapshot(lab, name);
        let accept = format!("grader lint --accept {lab}/{name}");
        let Ok(text) = std::fs::read_to_string(&snapshot) else {
            let message = format!("scenario {name} of {lab} has no key: run {accept}");
            self.findings.problem(&snapshot, None, message);
            return;
        };
        match keys::body(&text) {
            None => {
                let message = format!("not a snapshot (no header between `---` lines): run {accept}");
                self.findings.problem(&snapshot, Some(1), message);
            }
            Some(body) if body.trim_end() != trace.trim_end() => {
                let same = body.lines().zip(trace.lines()).take_while(|(a, b)| a == b);
                let line = text.lines().count() - body.lines().count() + same.count() + 1;
                let message = format!("the key is not what the reference does: run {accept}");
                self.findings.problem(&snapshot, Some(line), message);
            }
            Some(_) => {}
        }
    }

    fn check_unlisted(&mut self) {
        for path in files_in(&self.findings.layout.scenarios_dir(&self.lab.lab), "yaml") {
            let name = stem(&path);
            if self.lab.criteria.iter().any(|one| one.scenarios.contains(&name)) {
                continue;
            }
            if self.parsed(&path).is_some() {
                let message = "counts for no criterion: practice, 0 points".to_owned();
                self.findings.note(&path, message);
            }
        }
    }

    fn check_hidden(&mut self) {
        for path in files_in(&self.findings.layout.hidden_dir(&self.lab.lab), "yaml") {
            let Some((yaml, criterion)) = self.parsed(&path) else {
                continue;
            };
            match criterion {
                None => {
                    let message = "a hidden scenario names its criterion: add `criterion: ...`";
                    self.findings.problem(&path, None, message.to_owned());
                }
                Some(name) if self.lab.criterion(&name).is_none() => {
                    let message = format!("{} has no criterion \"{name}\"", self.lab.lab);
                    self.findings.problem(&path, line_with(&yaml, "criterion:"), message);
                }
                Some(_) => {}
            }
            self.played(&path, &stem(&path), &yaml);
        }
    }

    /// One scenario of each generator: it parses, and the reference can play it.
    fn check_generated(&mut self) {
        let lab = self.lab;
        for criterion in &lab.criteria {
            for (name, count) in &criterion.generated {
                let Some(generator) = self.spec.generators.iter().find(|one| one.name == name) else {
                    // Told already, with the course file.
                    continue;
                };
                let yaml = (generator.generate)(testbench::generate::seed_of(1, &lab.lab, name, 0));
                let made = match (self.spec.check)(Path::new(name), &yaml) {
                    Err(error) => Err(format!("generator `{name}` makes what does not parse: {error}")),
                    Ok(_) => self.reference.play(lab, name, &yaml).map_err(|fault| fault.to_string()),
                };
                match made {
                    Ok(played) => self.times.add(name, yaml, played.cpu, *count),
                    Err(message) => self.findings.item(lab, &criterion.name, name, message),
                }
            }
        }
    }

    /// The text of a scenario and the criterion that it names, if it parses; otherwise the reason is told.
    fn parsed(&mut self, path: &Path) -> Option<(String, Option<String>)> {
        let yaml = match std::fs::read_to_string(path) {
            Ok(yaml) => yaml,
            Err(error) => {
                self.findings.problem(path, None, format!("cannot read the scenario: {error}"));
                return None;
            }
        };
        match (self.spec.check)(path, &yaml) {
            Ok(head) => Some((yaml, head.criterion)),
            Err(error) => {
                self.findings.problem(path, Some(error.line), error.message);
                None
            }
        }
    }

    /// The reference's trace of a scenario.
    fn played(&mut self, path: &Path, name: &str, yaml: &str) -> Option<String> {
        match self.reference.play(self.lab, name, yaml) {
            Ok(played) => {
                self.times.add(name, yaml.to_owned(), played.cpu, 1);
                Some(played.compared)
            }
            Err(fault) => {
                self.findings.problem(path, None, fault.to_string());
                None
            }
        }
    }
}

/// What the reference needed, to be compared with the lab's limits.
#[derive(Default)]
struct Times {
    runs: Vec<Timed>,
}

struct Timed {
    name: String,
    yaml: String,
    /// How many scenarios of this kind a grading plays.
    count: u32,
    time: Duration,
}

/// A limit that is too near to what the reference needs.
struct TooLow {
    limit: &'static str,
    value: u64,
    what: String,
    time: Duration,
    headroom: u32,
}

impl Times {
    fn add(&mut self, name: &str, yaml: String, time: Duration, count: u32) {
        self.runs.push(Timed { name: name.to_owned(), yaml, count, time });
    }

    /// Tells each limit that is too low. A machine that has other things to do must not make one look so: what seems to
    /// be too slow is measured again, and the shortest time counts.
    fn check(&mut self, lab: &Lab, reference: &mut dyn Reference, findings: &mut Findings<'_>) {
        for _ in 0..MEASURED_AGAIN {
            if self.too_low(lab).is_empty() {
                return;
            }
            for run in &mut self.runs {
                if let Ok(played) = reference.play(lab, &run.name, &run.yaml) {
                    run.time = run.time.min(played.cpu);
                }
            }
        }
        for TooLow { limit, value, what, time, headroom } in self.too_low(lab) {
            let message = format!(
                "the limit {limit} of {} is {value} ms, below {headroom} times what the reference needs \
                 ({what}: {} ms): expected at least {} ms",
                lab.lab,
                time.as_millis(),
                (time * headroom).as_millis()
            );
            findings.lab(lab, message);
        }
    }

    fn too_low(&self, lab: &Lab) -> Vec<TooLow> {
        let Some(slowest) = self.runs.iter().max_by_key(|run| run.time) else {
            return Vec::new();
        };
        let total = self.runs.iter().map(|run| run.time * run.count).sum();
        let together = "all scenarios together".to_owned();
        [
            ("cpu_s", lab.limits.cpu_s * 1000, slowest.name.clone(), slowest.time, HEADROOM),
            ("lab_cpu_ms", lab.limits.lab_cpu_ms, together, total, HEADROOM_OF_LAB),
        ]
        .into_iter()
        .map(|(limit, value, what, time, headroom)| TooLow { limit, value, what, time, headroom })
        .filter(|one| Duration::from_millis(one.value) < one.time * one.headroom)
        .collect()
    }
}
