//! The real reference behind [`Reference`]: the solved labs, built once each and run as submissions are.

use std::collections::BTreeMap;

use crate::compile::shelf;
use crate::course::Lab;
use crate::fault::Fault;
use crate::judge::reference;
use crate::progress::Progress;
use crate::workbench::Workbench;

use super::{Played, Reference};

/// The solved labs of the course that a workbench belongs to.
pub struct Built<'a> {
    bench: &'a Workbench<'a>,
    progress: &'a dyn Progress,
    probes: BTreeMap<String, reference::Reference<'a>>,
}

impl<'a> Built<'a> {
    /// The solved labs of the course at `bench`; each is built when it is first asked for.
    #[must_use]
    pub fn new(bench: &'a Workbench<'a>, progress: &'a dyn Progress) -> Self {
        Self { bench, progress, probes: BTreeMap::new() }
    }

    fn source(&self, lab: &Lab) -> Result<Vec<u8>, Fault> {
        let path = self.bench.layout.solution_source(&lab.lab);
        std::fs::read(&path).map_err(Fault::file(&path))
    }
}

impl Reference for Built<'_> {
    fn case_names(&mut self, lab: &Lab) -> Result<Vec<String>, Fault> {
        self.progress.say(&format!("listing the tests of {}", lab.lab));
        reference::list_tests(self.bench, lab, &self.source(lab)?)
    }

    fn misfit(&mut self, lab: &Lab) -> Result<Option<String>, Fault> {
        self.progress.say(&format!("building the programs of {}", lab.lab));
        shelf::misfit(self.bench, lab, &self.source(lab)?)
    }

    fn play(&mut self, lab: &Lab, scenario: &str, yaml: &str) -> Result<Played, Fault> {
        if !self.probes.contains_key(&lab.lab) {
            self.progress.say(&format!("building the reference of {}", lab.lab));
            let built = reference::Reference::build(self.bench, lab, &self.source(lab)?)?;
            self.probes.insert(lab.lab.clone(), built);
        }
        self.progress.say(&format!("playing scenarios of {} on the reference: {scenario}", lab.lab));
        let probe = self.probes.get(&lab.lab).ok_or_else(|| Fault::Stopped(lab.lab.clone()))?;
        let (trace, cpu) = probe.play(scenario, yaml)?;
        Ok(Played { cpu, compared: trace.compared().join("\n") + "\n" })
    }
}
