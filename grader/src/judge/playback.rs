//! Plays one scenario on a submission for a person to read: the whole trace, as it was printed.
//!
//! The same library, probe and limits as for a verdict, so what is seen here is what was judged. [`Scenario::find`] reads
//! what is to be played, [`Player`] plays it.

use std::fs;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use tempfile::TempDir;
use thiserror::Error;

use crate::compile::{self, Executable, Program};
use crate::course::{Lab, closest};
use crate::fault::Fault;
use crate::keys;
use crate::layout::Layout;
use crate::text;
use crate::verdict::Verdict;
use crate::workbench::Workbench;

use super::budget::Budget;
use super::ending;
use super::reference::Reference;
use super::scenarios::doing;
use super::trace::Trace;

/// A scenario that can be played on a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Its name, or the file's where it is not one of the lab's.
    pub name: String,
    /// What is played.
    pub yaml: String,
    /// The lines that are expected, where the scenario has a key.
    pub key: Option<Trace>,
}

/// A scenario that cannot be had.
#[derive(Debug, Error, Diagnostic)]
pub enum ScenarioError {
    /// No scenario of the lab has that name, and no file.
    #[error("{lab} has no scenario `{name}`, and there is no such file")]
    Unknown {
        /// The lab.
        lab: String,
        /// What was asked for.
        name: String,
        /// What may have been meant, and what there is.
        #[help]
        help: String,
    },
    /// The file does not parse, or does not fit the lab.
    #[error("{0}")]
    #[diagnostic(help("the book's page \"Scenarios\" lists what a scenario of each lab may say"))]
    Broken(String),
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Scenario {
    /// The scenario of `lab` that is called `name` (or `otherlab/name`), or the file of that path.
    ///
    /// # Errors
    /// When there is none, or it does not fit the lab.
    pub fn find(layout: &Layout, lab: &Lab, name: &str) -> Result<Self, ScenarioError> {
        let own = layout.scenario(&lab.lab, name);
        let path = if own.is_file() { own.clone() } else { PathBuf::from(name) };
        if !path.is_file() {
            let known = names(layout, lab);
            let nearest = closest(name, &known).map(|near| format!("did you mean `{near}`? "));
            let help = format!("{}the scenarios are: {}", nearest.unwrap_or_default(), known.join(", "));
            return Err(ScenarioError::Unknown { lab: lab.lab.clone(), name: name.to_owned(), help });
        }
        let yaml = fs::read_to_string(&path)
            .map_err(|source| ScenarioError::Unreadable { path: path.clone(), source })?;
        if let Some(spec) = testbench::lab::find(&lab.lab) {
            let shown = layout.relative(&path);
            (spec.check)(shown, &yaml).map_err(|error| ScenarioError::Broken(error.to_string()))?;
        }
        let is_own = path == own;
        let snapshot = || fs::read_to_string(layout.snapshot(&lab.lab, name)).ok();
        let key = if is_own { snapshot() } else { None };
        let key = key.and_then(|text| keys::body(&text).map(Trace::parse));
        let stem = || path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = if is_own { name.to_owned() } else { stem().unwrap_or_default() };
        Ok(Self { name, yaml, key })
    }
}

/// Names of the scenarios that can be played on `lab`: those in its folder, and those that course.yaml borrows for it.
fn names(layout: &Layout, lab: &Lab) -> Vec<String> {
    let mut names: Vec<String> = lab.criteria.iter().flat_map(|each| each.scenarios.clone()).collect();
    if let Ok(entries) = fs::read_dir(layout.scenarios_dir(&lab.lab)) {
        let paths = entries.flatten().map(|entry| entry.path());
        let yaml = paths.filter(|path| path.extension().is_some_and(|end| end == "yaml"));
        names.extend(yaml.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())));
    }
    names.sort();
    names.dedup();
    names
}

/// What playing a scenario showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// What was printed: the whole trace, or as far as it came.
    pub printed: String,
    /// How it ended, when it did not come to its end.
    pub ending: Option<(Verdict, String)>,
}

/// A submission's lab, ready to play scenarios.
#[derive(Debug)]
pub struct Player<'a> {
    bench: &'a Workbench<'a>,
    lab: &'a Lab,
    probe: Executable,
    folder: TempDir,
}

impl<'a> Player<'a> {
    /// Builds the probe for `source`; the inner error is what the compiler or the scan says.
    ///
    /// # Errors
    /// When the course or the machine is at fault.
    pub fn build(
        bench: &'a Workbench<'a>,
        lab: &'a Lab,
        source: &[u8],
    ) -> Result<Result<Self, String>, Fault> {
        let probe = match compile::scanned_program(bench, lab, source, Program::Probe)? {
            Ok(probe) => probe,
            Err(words) => return Ok(Err(words)),
        };
        let folder = bench.folder(&format!("trace-{}-run", lab.lab))?;
        Ok(Ok(Self { bench, lab, probe, folder }))
    }

    /// The lab's name.
    #[must_use]
    pub fn lab(&self) -> &str {
        &self.lab.lab
    }

    /// Plays `scenario` and prints the trace as text.
    ///
    /// # Errors
    /// When the probe cannot be run.
    pub fn text(&self, scenario: &Scenario) -> Result<Played, Fault> {
        self.play(&[], scenario)
    }

    /// Plays `scenario` and prints one `vmtrace/1` document, if it comes to its end.
    ///
    /// # Errors
    /// When the probe cannot be run.
    pub fn json(&self, scenario: &Scenario) -> Result<Played, Fault> {
        self.play(&["--json", "submission", &scenario.name], scenario)
    }

    /// As [`Player::json`] on the solved lab; `None` where there is none, or it does not come to the scenario's end.
    ///
    /// # Errors
    /// When the course or the machine is at fault.
    pub fn reference_json(&self, scenario: &Scenario) -> Result<Option<String>, Fault> {
        let path = self.bench.layout.solution_source(&self.lab.lab);
        let Ok(source) = fs::read(path) else { return Ok(None) };
        let Ok(player) = Self::build(self.bench, self.lab, &source)? else { return Ok(None) };
        let played = player.play(&["--json", "reference", &scenario.name], scenario)?;
        Ok(played.ending.is_none().then_some(played.printed))
    }

    fn play(&self, arguments: &[&str], scenario: &Scenario) -> Result<Played, Fault> {
        let budget = Budget::new(self.lab.limits);
        let Some(grant) = budget.grant() else {
            return Ok(Played { printed: String::new(), ending: None });
        };
        let input = scenario.yaml.as_bytes();
        let job = self.probe.runnable().job(arguments, self.folder.path(), input, grant.limits);
        let outcome = self.bench.run(&job)?;
        let printed = text::clean(&String::from_utf8_lossy(&outcome.stdout), usize::MAX);
        let ending = ending::of_program(&outcome, &grant.limits, &doing(&Trace::parse(&printed)));
        let ending = ending.map(|(verdict, words)| (verdict, ending::message(&words)));
        Ok(Played { printed, ending })
    }
}

/// The lines that are expected of `scenario`: its key, or what the reference does where that is at hand.
///
/// # Errors
/// When the reference does not compile or fails.
pub fn expected(bench: &Workbench<'_>, lab: &Lab, scenario: &Scenario) -> Result<Option<Trace>, Fault> {
    if let Some(key) = &scenario.key {
        return Ok(Some(key.clone()));
    }
    let path: &Path = &bench.layout.solution_source(&lab.lab);
    if !path.is_file() {
        return Ok(None);
    }
    let source = fs::read(path).map_err(Fault::file(path))?;
    let reference = Reference::build(bench, lab, &source)?;
    Ok(Some(reference.play(&scenario.name, &scenario.yaml)?.0))
}
