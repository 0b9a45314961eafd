//! The solved labs, asked by [`lint`](crate::lint): which tests there are, and what a scenario must come to.

use std::collections::BTreeMap;
use std::fs;

use crate::course::Lab;
use crate::fault::Fault;
use crate::judge::reference::{self, Reference};
use crate::lint;
use crate::workbench::Workbench;

/// The references of a course; each one is built when it is first asked.
#[derive(Debug)]
pub struct Solved<'a> {
    bench: &'a Workbench<'a>,
    built: BTreeMap<String, Reference<'a>>,
}

impl<'a> Solved<'a> {
    /// The references of the workbench's course.
    #[must_use]
    pub fn new(bench: &'a Workbench<'a>) -> Self {
        Self { bench, built: BTreeMap::new() }
    }

    fn source(&self, lab: &Lab) -> Result<Vec<u8>, Fault> {
        let path = self.bench.layout.solution_source(&lab.lab);
        fs::read(&path).map_err(Fault::file(&path))
    }

    fn reference(&mut self, lab: &Lab) -> Result<&Reference<'a>, Fault> {
        if !self.built.contains_key(&lab.lab) {
            let reference = Reference::build(self.bench, lab, &self.source(lab)?)?;
            self.built.insert(lab.lab.clone(), reference);
        }
        self.built.get(&lab.lab).ok_or_else(|| Fault::Stopped(lab.lab.clone()))
    }
}

impl lint::Reference for Solved<'_> {
    fn case_names(&mut self, lab: &Lab) -> Result<Vec<String>, String> {
        let names = || reference::list_tests(self.bench, lab, &self.source(lab)?);
        names().map_err(|fault| in_words(&fault))
    }

    fn play(&mut self, lab: &Lab, yaml: &str) -> Result<lint::Played, String> {
        let played = self.reference(lab).and_then(|reference| reference.play("played", yaml));
        let (trace, duration) = played.map_err(|fault| in_words(&fault))?;
        Ok(lint::Played { compared: trace.compared().join("\n"), duration })
    }
}

fn in_words(fault: &Fault) -> String {
    match fault {
        Fault::ReferenceFails { problem, .. } => problem.clone(),
        other => other.to_string(),
    }
}
