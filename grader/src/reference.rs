//! The reference solution, built and run like any submission: for lint, for keys, for lists of tests.
//!
//! Nothing of a workbench is prepared before the first question; each lab is compiled once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::compile::{self, Program, Refusal};
use crate::course::Lab;
use crate::fault::Fault;
use crate::judge::trace::Trace;
use crate::layout::Layout;
use crate::limits::ProcessLimits;
use crate::lint::{Played, Reference};
use crate::process::{Ending, Job, Outcome};
use crate::progress::Progress;
use crate::workbench::Workbench;

/// The test of each lab that plays the visible scenarios; the grader judges those by the probe.
const SCENARIOS_TEST: &str = "scenarios";

/// What one run of the reference may use: far more than any limit of a lab, because it is measured here.
const LIMITS: ProcessLimits = ProcessLimits {
    wall: Duration::from_secs(60),
    cpu_s: 60,
    memory_bytes: 2 << 30,
    file_bytes: 0,
    output_bytes: 16 << 20,
};

/// The reference of a course.
pub struct Built<'a> {
    layout: &'a Layout,
    progress: &'a dyn Progress,
    bench: Option<Workbench<'a>>,
    libraries: BTreeMap<String, compile::Library>,
    programs: BTreeMap<(String, bool), PathBuf>,
}

impl<'a> Built<'a> {
    /// The reference of the course at `layout`.
    #[must_use]
    pub fn new(layout: &'a Layout, progress: &'a dyn Progress) -> Self {
        let (libraries, programs) = (BTreeMap::new(), BTreeMap::new());
        Self { layout, progress, bench: None, libraries, programs }
    }

    fn run(&mut self, lab: &Lab, program: Program, arguments: &[&str], input: &str) -> Result<Outcome, Fault> {
        let program = self.program(lab, program)?;
        let folder = program.parent().unwrap_or_else(|| Path::new(".")).to_path_buf();
        let job = Job {
            program: &program,
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: Vec::new(),
            folder: &folder,
            input: input.as_bytes().to_vec(),
            limits: LIMITS,
        };
        self.bench()?.run(&job)
    }

    fn bench(&mut self) -> Result<&Workbench<'a>, Fault> {
        if self.bench.is_none() {
            self.bench = Some(Workbench::ready(self.layout, None, self.progress)?);
        }
        // Filled just above; a borrow checker cannot follow `get_or_insert_with` through an error.
        self.bench.as_ref().ok_or_else(|| Fault::Stopped("the reference".to_owned()))
    }

    /// The probe or the test binary of a lab, built if it is not yet.
    fn program(&mut self, lab: &Lab, program: Program) -> Result<PathBuf, Fault> {
        let key = (lab.lab.clone(), program == Program::Cases);
        if let Some(path) = self.programs.get(&key) {
            return Ok(path.clone());
        }
        self.progress.say(&format!("building the reference of {}", lab.lab));
        let library = self.library(lab)?;
        let linked = compile::link(self.bench()?, lab, &library, program)?;
        let path = linked.map_err(|refusal| self.refused(lab, refusal))?;
        self.programs.insert(key, path.clone());
        Ok(path)
    }

    fn library(&mut self, lab: &Lab) -> Result<compile::Library, Fault> {
        if let Some(library) = self.libraries.get(&lab.lab) {
            return Ok(library.clone());
        }
        let path = self.layout.solution_source(&lab.lab);
        let source = std::fs::read(&path).map_err(Fault::file(&path))?;
        let folder = format!("reference-{}", lab.lab);
        let library = compile::library(self.bench()?, &lab.lab, &source, &folder)?
            .map_err(|refusal| self.refused(lab, refusal))?;
        self.libraries.insert(lab.lab.clone(), library.clone());
        Ok(library)
    }

    fn refused(&self, lab: &Lab, refusal: Refusal) -> Fault {
        let path = self.layout.solution_source(&lab.lab);
        let path = self.layout.relative(&path).to_path_buf();
        Fault::ReferenceDoesNotCompile { path, words: refusal.0 }
    }
}

impl Reference for Built<'_> {
    fn case_names(&mut self, lab: &Lab) -> Result<Vec<String>, Fault> {
        let outcome = self.run(lab, Program::Cases, &["--list", "--format", "terse"], "")?;
        if outcome.ending != Ending::Exited(0) {
            return Err(fails(lab, "the list of its tests", &outcome));
        }
        let listed = String::from_utf8_lossy(&outcome.stdout).into_owned();
        let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
        let mut names: Vec<_> = names.filter(|name| *name != SCENARIOS_TEST).map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    fn play(&mut self, lab: &Lab, scenario: &str, yaml: &str) -> Result<Played, Fault> {
        let outcome = self.run(lab, Program::Probe, &[], yaml)?;
        let trace = Trace::of_output(&outcome.stdout);
        if outcome.ending != Ending::Exited(0) || !trace.is_whole() {
            return Err(fails(lab, scenario, &outcome));
        }
        Ok(Played { compared: trace.compared().join("\n") + "\n", duration: outcome.duration })
    }
}

fn fails(lab: &Lab, scenario: &str, outcome: &Outcome) -> Fault {
    let words = outcome.stderr_text();
    let words = words.trim();
    let problem = match outcome.ending {
        Ending::Exited(code) => format!("exit code {code}; {words}"),
        Ending::Signalled(signal) => format!("signal {signal}; {words}"),
        Ending::TimedOut => format!("not done after {} s", LIMITS.wall.as_secs()),
        Ending::Flooded => "it wrote without end".to_owned(),
    };
    Fault::ReferenceFails { lab: lab.lab.clone(), scenario: scenario.to_owned(), problem }
}
