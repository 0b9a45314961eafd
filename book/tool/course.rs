//! The parts of course.yaml that the book shows; the grader checks the whole file.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};
use serde::Deserialize;

/// The course.
#[derive(Debug, Deserialize)]
pub struct Course {
    /// Its labs in order.
    pub labs: Vec<Lab>,
}

/// A lab of the course.
#[derive(Debug, Deserialize)]
pub struct Lab {
    /// Its name.
    pub lab: String,
    /// Its page in the book.
    pub chapter: String,
    /// The types that a student's file must have.
    pub types: Vec<String>,
    /// Its promises with points.
    pub criteria: Vec<Criterion>,
}

/// A promise with points.
#[derive(Debug, Deserialize)]
pub struct Criterion {
    /// What is promised.
    pub name: String,
    /// The step of the lab that it belongs to.
    pub step: u32,
    /// What it counts.
    pub points: f64,
    /// Where the book explains it.
    pub chapter: String,
    /// The scenarios that judge it.
    #[serde(default)]
    pub scenarios: Vec<String>,
}

impl Course {
    /// Reads the course of the tree `root`.
    pub fn load(root: &Path) -> Result<Self> {
        let path = root.join("fixtures/course.yaml");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_yaml::from_str(&text).with_context(|| format!("{} does not parse", path.display()))
    }

    /// The lab of this name.
    pub fn lab(&self, name: &str) -> Result<&Lab> {
        let known = || self.labs.iter().map(|lab| lab.lab.as_str()).collect::<Vec<_>>().join(", ");
        self.labs
            .iter()
            .find(|lab| lab.lab == name)
            .with_context(|| format!("no lab `{name}`; there are: {}", known()))
    }

    /// The scenarios that can be played in a lab: its own, and those of others that its criteria name (`lab/scenario`).
    pub fn scenarios(&self, root: &Path, lab: &str) -> Result<BTreeSet<String>> {
        let folder = root.join("fixtures/scenarios").join(lab);
        let files = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let mut names = BTreeSet::new();
        for file in files {
            let path = file?.path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
            }
        }
        let criteria = self.labs.iter().filter(|entry| entry.lab == lab).flat_map(|entry| &entry.criteria);
        names.extend(criteria.flat_map(|criterion| criterion.scenarios.iter().cloned()));
        Ok(names)
    }
}
