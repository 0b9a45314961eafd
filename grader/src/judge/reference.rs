//! The reference: the solved lab, built and run as any other submission, whose traces are the keys of hidden scenarios.

use std::path::Path;
use std::time::Duration;

use testbench::probe::{BETWEEN_SCENARIOS, SEVERAL};

use crate::cache::Cache;
use crate::compile::{self, Executable, Program, Refusal, Runnable};
use crate::course::Lab;
use crate::exam::{Exam, Item, Task};
use crate::fault::Fault;
use crate::hash::Hasher;
use crate::process::Ending;
use crate::progress::Progress;
use crate::sandbox::ProcessLimits;
use crate::workbench::{Workbench, in_parallel};

use tempfile::TempDir;

use super::trace::Trace;
use super::{ending, libtest};

/// What a process of the reference may use: it is trusted to end, also on a machine that has much to do.
const LIMITS: ProcessLimits = ProcessLimits {
    wall: Duration::from_secs(20),
    cpu: Duration::from_secs(20),
    memory_bytes: 1 << 30,
    file_bytes: 0,
    output_bytes: 4 << 20,
};

/// The keys of the hidden items of `exam`, in their order; kept in `cache`.
///
/// # Errors
/// When the reference does not compile, or fails a scenario.
pub fn keys(
    bench: &Workbench<'_>,
    exam: &Exam<'_>,
    cache: &Cache,
    progress: &dyn Progress,
) -> Result<Vec<Trace>, Fault> {
    let is_hidden = |item: &&Item| matches!(item.task, Task::Hidden { .. });
    let hidden: Vec<&Item> = exam.items.iter().filter(is_hidden).collect();
    let (Some(source), false) = (&exam.reference, hidden.is_empty()) else {
        return Ok(Vec::new());
    };
    let digest = digest(bench, exam, source, &hidden)?;
    if let Some(lines) = cache.get::<Vec<Vec<String>>>("reference", &digest) {
        return Ok(lines.into_iter().map(Trace::of_lines).collect());
    }
    let lab = exam.lab;
    progress.say(&format!("playing the hidden scenarios of {} on the reference", lab.lab));
    let reference = Reference::build(bench, lab, source)?;
    let yaml: Vec<&str> = hidden.iter().filter_map(|item| item.scenario()).collect();
    let keys = match reference.play_all(&yaml)? {
        Some(keys) => keys,
        // One of them fails: an error is to name it.
        None => in_parallel(&hidden, |item| {
            Ok(reference.play(&item.name, item.scenario().unwrap_or_default())?.0)
        })?,
    };
    let lines: Vec<&[String]> = keys.iter().map(Trace::compared).collect();
    cache.put("reference", &digest, &lines)?;
    Ok(keys)
}

fn digest(bench: &Workbench<'_>, exam: &Exam<'_>, source: &[u8], hidden: &[&Item]) -> Result<String, Fault> {
    let mut hasher = Hasher::new("reference");
    hasher.text("harness", &bench.harness.digest);
    hasher.text("flags", &compile::all_flags(exam.lab));
    hasher.text("lab", &exam.lab.lab);
    hasher.bytes("source", source);
    let probe = bench.layout.probe_source(&exam.lab.lab);
    hasher.file(&probe).map_err(Fault::file(&probe))?;
    for item in hidden {
        hasher.text(&item.name, item.scenario().unwrap_or_default());
    }
    Ok(hasher.finish())
}

/// A solved lab, ready to be asked.
#[derive(Debug)]
pub struct Reference<'a> {
    bench: &'a Workbench<'a>,
    lab: String,
    probe: Executable,
    folder: TempDir,
}

impl<'a> Reference<'a> {
    /// Builds the probe for the solved lab `source`.
    ///
    /// # Errors
    /// When it does not compile.
    pub fn build(bench: &'a Workbench<'a>, lab: &Lab, source: &[u8]) -> Result<Self, Fault> {
        let probe = build(bench, lab, source, Program::Probe)?;
        let folder = bench.folder(&format!("reference-{}-run", lab.lab))?;
        Ok(Self { bench, lab: lab.lab.clone(), probe, folder })
    }

    /// What the solved lab does in each of these scenarios, played by one process; `None` when it does not come to the end
    /// of them all.
    fn play_all(&self, scenarios: &[&str]) -> Result<Option<Vec<Trace>>, Fault> {
        let input = scenarios.join(BETWEEN_SCENARIOS);
        let outcome = run(self.bench, self.probe.runnable(), &[SEVERAL], &input, self.folder.path())?;
        let traces = Trace::each_of_output(&outcome.stdout);
        let is_whole = |trace: &Trace| trace.is_whole() && trace.before_panic().is_none();
        let are_all = traces.len() == scenarios.len() && traces.iter().all(is_whole);
        Ok(Some(traces).filter(|_| are_all && outcome.ending == Ending::Exited(0)))
    }

    /// What the solved lab does in the scenario `yaml`, and how much CPU time it takes; `name` stands in errors.
    ///
    /// # Errors
    /// When the scenario is not played to its end.
    pub fn play(&self, name: &str, yaml: &str) -> Result<(Trace, Duration), Fault> {
        let outcome = run(self.bench, self.probe.runnable(), &[], yaml, self.folder.path())?;
        let trace = Trace::of_output(&outcome.stdout);
        if outcome.ending == Ending::Exited(0) && trace.is_whole() {
            return Ok((trace, outcome.cpu));
        }
        let ended = ending::of_program(&outcome, &LIMITS, "");
        let words = ended.map_or("the trace does not come to its end".to_owned(), |(_, words)| words);
        let printed = outcome.stderr_text();
        // A panic's words stand among what was printed.
        let printed = if ending::Panic::find(&printed).is_some() { "" } else { printed.trim() };
        let problem = format!("{words} {printed}");
        Err(Fault::ReferenceFails {
            lab: self.lab.clone(),
            scenario: name.to_owned(),
            problem: ending::message(problem.trim()),
        })
    }
}

/// Names of all tests of `lab`, sorted, by its test binary linked with the solved lab `source`.
///
/// # Errors
/// When it does not compile, or the test binary does not list its tests.
pub fn list_tests(bench: &Workbench<'_>, lab: &Lab, source: &[u8]) -> Result<Vec<String>, Fault> {
    let cases = build(bench, lab, source, Program::Cases)?;
    let folder = bench.folder(&format!("reference-{}-run", lab.lab))?;
    let outcome = run(bench, cases.runnable(), &libtest::LIST, "", folder.path())?;
    if outcome.ending == Ending::Exited(0) {
        return Ok(libtest::listed(&outcome.stdout));
    }
    Err(Fault::ReferenceFails {
        lab: lab.lab.clone(),
        scenario: "--list of its tests".to_owned(),
        problem: ending::message(&outcome.stderr_text()),
    })
}

fn build(bench: &Workbench<'_>, lab: &Lab, source: &[u8], program: Program) -> Result<Executable, Fault> {
    let refused = |Refusal { words, .. }: Refusal| Fault::ReferenceDoesNotCompile {
        path: bench.layout.relative(&bench.layout.solution_source(&lab.lab)).to_path_buf(),
        words,
    };
    compile::program(bench, lab, source, program)?.map_err(refused)
}

fn run(
    bench: &Workbench<'_>,
    program: &Runnable,
    arguments: &[&str],
    input: &str,
    folder: &Path,
) -> Result<crate::process::Outcome, Fault> {
    bench.run(&program.job(arguments, folder, input.as_bytes(), LIMITS))
}
