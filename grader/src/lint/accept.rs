//! `grader lint --accept NAME`: plays a scenario on the reference and records what it does as the scenario's key.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::course::{Course, Lab};
use crate::fault::Fault;
use crate::layout::Layout;
use crate::{files, keys};

use super::{Reference, files_in, stem};

/// A scenario that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The lab whose reference played it.
    pub lab: String,
    /// The scenario, as course.yaml names it.
    pub scenario: String,
    /// Its key.
    pub snapshot: PathBuf,
    /// Whether the key changed.
    pub changed: bool,
    /// The key's text without its header.
    pub trace: String,
    /// The criterion that lists it, if one does.
    pub criterion: Option<String>,
}

/// A scenario that could not be accepted.
#[derive(Debug, Error, Diagnostic)]
pub enum AcceptError {
    /// There is no such scenario.
    #[error("there is no scenario `{name}`; a name is LAB/NAME, or NAME where only one lab has it")]
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// Several labs have it.
    #[error("several scenarios are called `{name}`: {}", candidates.join(", "))]
    Ambiguous {
        /// The name that was asked for.
        name: String,
        /// The names that are meant, perhaps.
        candidates: Vec<String>,
    },
    /// It does not parse.
    #[error(transparent)]
    Scenario(#[from] testbench::scenario::ScenarioError),
    /// The lab has no driver.
    #[error("the testbench has no driver for {lab}")]
    NoDriver {
        /// The lab.
        lab: String,
    },
    /// The reference does not build, or does not play it to its end.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Reference(#[from] Fault),
    /// A file cannot be read or written.
    #[error("cannot read or write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Accepts the scenario called `name`: `lab/name`, `lab/otherlab/name`, or a name that only one lab has.
///
/// # Errors
/// When it is not found, does not parse or cannot be played.
pub fn accept(
    layout: &Layout,
    course: &Course,
    name: &str,
    reference: &mut dyn Reference,
) -> Result<Accepted, AcceptError> {
    let (lab, scenario) = find(layout, course, name)?;
    let path = layout.scenario(&lab.lab, &scenario);
    let file_error = |path: PathBuf| move |source| AcceptError::File { path, source };
    let yaml = std::fs::read_to_string(&path).map_err(file_error(path.clone()))?;
    let spec =
        testbench::lab::find(&lab.lab).ok_or_else(|| AcceptError::NoDriver { lab: lab.lab.clone() })?;
    (spec.check)(layout.relative(&path), &yaml)?;
    let played = reference.play(lab, &scenario, &yaml)?;
    let snapshot = layout.snapshot(&lab.lab, &scenario);
    let old = std::fs::read_to_string(&snapshot).unwrap_or_default();
    // Only the body is compared: insta itself may have written another header.
    let changed = keys::body(&old).map(str::trim_end) != Some(played.compared.trim_end());
    if changed {
        let text = keys::snapshot(&lab.lab, &played.compared);
        files::write_whole(&snapshot, &text).map_err(file_error(snapshot.clone()))?;
    }
    let listed = |criterion: &&crate::course::Criterion| criterion.scenarios.contains(&scenario);
    let criterion = lab.criteria.iter().find(listed);
    Ok(Accepted {
        lab: lab.lab.clone(),
        criterion: criterion.map(|criterion| criterion.name.clone()),
        scenario,
        snapshot,
        changed,
        trace: played.compared,
    })
}

fn find<'a>(layout: &Layout, course: &'a Course, name: &str) -> Result<(&'a Lab, String), AcceptError> {
    let exact = name.split_once('/').and_then(|(lab, scenario)| {
        let lab = course.lab(lab)?;
        let exists = layout.scenario(&lab.lab, scenario).is_file();
        exists.then(|| (lab, scenario.to_owned()))
    });
    if let Some(found) = exact {
        return Ok(found);
    }
    let mut candidates: Vec<_> = course
        .labs
        .iter()
        .flat_map(|lab| {
            let own = files_in(&layout.scenarios_dir(&lab.lab), "yaml");
            let own = own.into_iter().map(|path| stem(&path));
            own.filter(|scenario| scenario == name).map(move |scenario| (lab, scenario))
        })
        .collect();
    match candidates.len() {
        1 => Ok(candidates.remove(0)),
        0 => Err(AcceptError::Unknown { name: name.to_owned() }),
        _ => Err(AcceptError::Ambiguous {
            name: name.to_owned(),
            candidates: candidates.iter().map(|(lab, scenario)| format!("{}/{scenario}", lab.lab)).collect(),
        }),
    }
}
