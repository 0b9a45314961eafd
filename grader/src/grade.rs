//! Grades a submission: takes it in, judges each lab apart from the others, adds up the points ([`grade`]).

use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher, Hasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::thread;

use crate::cache::Cache;
use crate::compile;
use crate::course::{Course, Lab};
use crate::exam::Exam;
use crate::fault::Fault;
use crate::files;
use crate::hash::Hasher;
use crate::intake::Submission;
use crate::judge::{self, Judgement, reference};
use crate::layout::Layout;
use crate::progress::Progress;
use crate::score;
use crate::toolchain;
use crate::verdict::{LabReport, LabVerdict, Report, SCHEMA};
use crate::workbench::{Strangers, Whose, Workbench};

use scanned::{File, Scanned};

mod scanned;

/// What to grade, beside the submission.
#[derive(Debug, Clone, Default)]
pub struct GradeOptions {
    /// Names of labs; empty means all.
    pub labs: Vec<String>,
    /// Seed of the generated scenarios; without one the tree's own is used.
    pub seed: Option<u64>,
    /// Where a stranger's submission may run.
    pub strangers: Strangers,
    /// The grader's own program, where it is not the running one (in tests).
    pub shim: Option<PathBuf>,
}

/// Grades `submission`, or the working tree when there is none.
///
/// # Errors
/// When the course, the machine or the submission as a whole is at fault; never for what one lab's file does.
pub fn grade(
    layout: &Layout,
    course: &Course,
    submission: Option<&Path>,
    options: &GradeOptions,
    progress: &dyn Progress,
) -> Result<Report, Fault> {
    course.choose(&options.labs)?;
    let handed_in = Submission::read(layout, &course.lab_names(), submission, &options.labs)?;
    let seed = match options.seed {
        Some(seed) => seed,
        None => seed_of_tree(layout)?,
    };
    let whose = Whose::of(submission, layout, options.strangers);
    let bench = Workbench::ready(layout, whose, options.shim.as_deref(), progress)?;
    grade_on(&bench, course, &handed_in, &options.labs, seed, progress)
}

/// Grades what was taken in, on a workbench that is ready; no `names` of labs mean all.
///
/// # Errors
/// When the course or the machine is at fault.
pub fn grade_on(
    bench: &Workbench<'_>,
    course: &Course,
    submission: &Submission,
    names: &[String],
    seed: u64,
    progress: &dyn Progress,
) -> Result<Report, Fault> {
    let cache = Cache::new(bench.layout.work_dir().join("cache"));
    let run = Run { bench, course, seed, cache, progress };
    let asked = |lab: &&Lab| {
        let named = names.is_empty() || names.contains(&lab.lab);
        named && (!submission.is_single_file || submission.files.contains_key(&lab.lab))
    };
    let labs: Vec<&Lab> = course.labs.iter().filter(asked).collect();
    let scanned = Scanned::of(submission, &labs);
    let labs = run.labs(&labs, &scanned.files)?;
    let mut flags = flags(bench, submission);
    flags.extend(scanned.flags);
    flags.extend(labs.iter().filter_map(judge::want_of_time));
    Ok(Report {
        schema: SCHEMA,
        submission: submission.name.clone(),
        score: sum(labs.iter().map(|lab| lab.score)),
        max_score: sum(labs.iter().map(|lab| lab.max_score)),
        sandbox: bench.sandbox().tier().name().to_owned(),
        seed,
        flags,
        labs,
    })
}

fn sum(points: impl Iterator<Item = f64>) -> f64 {
    (points.sum::<f64>() * 100.0).round() / 100.0
}

fn flags(bench: &Workbench<'_>, submission: &Submission) -> Vec<String> {
    let mut flags = Vec::new();
    if !submission.ignored.is_empty() {
        flags.push(format!("not read: {}", submission.ignored.join(", ")));
    }
    if !bench.layout.has_solutions() {
        flags.push("hidden scenarios are not at hand and not part of this score".to_owned());
    }
    if !bench.sysroot.is_trimmed {
        flags.push(
            "sandbox: submissions were compiled with `std` at hand; only the scan kept it from them"
                .to_owned(),
        );
    }
    flags
}

/// The seed of this course tree: drawn once and kept, so that unchanged files are not judged again.
///
/// # Errors
/// When it cannot be kept.
pub fn seed_of_tree(layout: &Layout) -> Result<u64, Fault> {
    let path = layout.work_dir().join("seed");
    let kept = fs::read_to_string(&path).ok();
    if let Some(seed) = kept.and_then(|text| text.trim().parse().ok()) {
        return Ok(seed);
    }
    // The hasher's random keys are as good a die as any; 32 bits are exact in every reader of JSON.
    let seed = RandomState::new().build_hasher().finish() >> 32;
    files::write_whole(&path, &format!("{seed}\n")).map_err(Fault::file(&path))?;
    Ok(seed)
}

/// One run over one submission.
struct Run<'a> {
    bench: &'a Workbench<'a>,
    course: &'a Course,
    seed: u64,
    cache: Cache,
    progress: &'a dyn Progress,
}

impl Run<'_> {
    /// All labs at once; the workbench sees to it that no more programs run than there are cores.
    fn labs(&self, labs: &[&Lab], files: &BTreeMap<String, File>) -> Result<Vec<LabReport>, Fault> {
        thread::scope(|scope| {
            let mut started = Vec::with_capacity(labs.len());
            for lab in labs.iter().copied() {
                let file = files.get(&lab.lab);
                started.push((lab, scope.spawn(move || self.lab(lab, file))));
            }
            let finish = |(lab, thread): (&Lab, thread::ScopedJoinHandle<'_, _>)| {
                let stopped = |_| Fault::Stopped(lab.lab.clone());
                thread.join().map_err(stopped)?
            };
            started.into_iter().map(finish).collect()
        })
    }

    fn lab(&self, lab: &Lab, file: Option<&File>) -> Result<LabReport, Fault> {
        let report = match file {
            None => unjudged(lab, LabVerdict::Missing, format!("there is no {}.rs", lab.lab)),
            Some(File::Rejected(reason)) => rejected(lab, reason),
            Some(File::Unreadable(source, reason)) => self.compile_only(lab, source, reason)?,
            Some(File::Source(source)) => self.report(lab, self.judge(lab, source)?),
        };
        self.progress.finished(&lab.lab);
        Ok(report)
    }

    /// A file that the scan cannot read: most are slips that the compiler explains best. One that it accepts was made to
    /// pass by the scan, and is never linked or run.
    fn compile_only(&self, lab: &Lab, source: &[u8], reason: &str) -> Result<LabReport, Fault> {
        Ok(match compile::library(self.bench, lab, source)? {
            Ok(_) => rejected(lab, reason),
            Err(refusal) => unjudged(lab, LabVerdict::DoesNotCompile, refusal.words),
        })
    }

    /// What is known of this very file, or what judging it shows.
    fn judge(&self, lab: &Lab, source: &[u8]) -> Result<Judgement, Fault> {
        let exam = Exam::read(self.bench.layout, lab, self.seed)?;
        let digest = self.digest(&exam, source);
        if let Some(judgement) = self.cache.get("verdict", &digest) {
            return Ok(judgement);
        }
        let keys = reference::keys(self.bench, &exam, &self.cache, self.progress)?;
        let judgement = judge::judge(self.bench, &exam, &keys, source, self.progress)?;
        if judgement.is_lasting() {
            self.cache.put("verdict", &digest, &judgement)?;
        }
        Ok(judgement)
    }

    fn digest(&self, exam: &Exam<'_>, source: &[u8]) -> String {
        let mut hasher = Hasher::new("verdict");
        hasher.text("exam", exam.digest());
        hasher.text("harness", &self.bench.harness.digest);
        hasher.text("flags", &compile::all_flags(exam.lab));
        hasher.text("sandbox", self.bench.sandbox().tier().name());
        hasher.text("grader", &own_stamp());
        hasher.bytes("source", source);
        hasher.finish()
    }

    fn report(&self, lab: &Lab, judgement: Judgement) -> LabReport {
        if !judgement.compiles {
            return unjudged(lab, LabVerdict::DoesNotCompile, judgement.diagnostics);
        }
        let scored = score::score(lab, self.course.weights, &judgement.items);
        LabReport {
            lab: lab.lab.clone(),
            verdict: scored.verdict,
            score: scored.score,
            max_score: scored.max_score,
            compile_ms: u64::try_from(judgement.compile_time.as_millis()).unwrap_or(u64::MAX),
            diagnostics: judgement.diagnostics,
            criteria: scored.criteria,
            cases: judgement.items,
        }
    }
}

/// Which build of the grader this is: another one may judge otherwise.
fn own_stamp() -> String {
    let own = std::env::current_exe().and_then(|path| toolchain::stamp_of(&path));
    own.unwrap_or_else(|_| env!("CARGO_PKG_VERSION").to_owned())
}

fn rejected(lab: &Lab, reason: &str) -> LabReport {
    unjudged(lab, LabVerdict::Rejected, format!("{}.rs: {reason}", lab.lab))
}

fn unjudged(lab: &Lab, verdict: LabVerdict, diagnostics: String) -> LabReport {
    LabReport {
        lab: lab.lab.clone(),
        verdict,
        score: 0.0,
        max_score: lab.max_score(),
        compile_ms: 0,
        diagnostics,
        criteria: score::unjudged(lab),
        cases: Vec::new(),
    }
}
