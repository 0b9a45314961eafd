//! Grades a submission: takes it in, judges each lab apart from the others, adds up the points ([`grade`]).

use std::fs;
use std::hash::{BuildHasher, Hasher as _, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::cache::Cache;
use crate::compile;
use crate::course::{Course, Criterion, Lab};
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

use papers::{Desk, Paper};
use scanned::{File, Scanned};

mod papers;
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
    let bench = Workbench::ready(layout, whose, progress)?;
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
    Examiner::new(bench, course, names, seed).grade(submission, progress)
}

fn sum(points: impl Iterator<Item = f64>) -> f64 {
    (points.sum::<f64>() * 100.0).round() / 100.0
}

fn flags(bench: &Workbench<'_>, submission: &Submission) -> Vec<String> {
    let mut flags = Vec::new();
    let not_read = submission.not_read(bench.layout);
    if !not_read.is_empty() {
        flags.push(format!("not read: {}", not_read.join(", ")));
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
    let seed = new_seed();
    files::write_whole(&path, &format!("{seed}\n")).map_err(Fault::file(&path))?;
    Ok(seed)
}

/// A seed drawn by chance.
#[must_use]
pub fn new_seed() -> u64 {
    // The hasher's random keys are as good a die as any; 32 bits are exact in every reader of JSON.
    RandomState::new().build_hasher().finish() >> 32
}

/// Grades one submission after the other, or several at once, by the same exams.
pub struct Examiner<'a> {
    bench: &'a Workbench<'a>,
    course: &'a Course,
    papers: Vec<Paper<'a>>,
    seed: u64,
    cache: Cache,
    desk: Desk,
    judged: AtomicUsize,
}

/// What came of one lab.
#[derive(Debug, Clone, PartialEq)]
pub struct GradedLab {
    /// The lab's part of the report.
    pub report: LabReport,
    /// Digest of everything that the verdict depends on; empty when nothing was judged.
    pub judged_by: String,
}

/// What was found out about files in earlier runs, beside the cache.
pub trait Known: Sync {
    /// The report of a lab that was judged by that digest, whatever its points were.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn judged_by(&self, digest: &str) -> Result<Option<LabReport>, Fault>;
}

/// Nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Known for Nothing {
    fn judged_by(&self, _: &str) -> Result<Option<LabReport>, Fault> {
        Ok(None)
    }
}

impl<'a> Examiner<'a> {
    /// Grades the labs called `names` (none mean all) on `bench`; `seed` makes the generated scenarios.
    #[must_use]
    pub fn new(bench: &'a Workbench<'a>, course: &'a Course, names: &[String], seed: u64) -> Self {
        let asked = |lab: &&Lab| names.is_empty() || names.contains(&lab.lab);
        let papers = course.labs.iter().filter(asked).map(Paper::new).collect();
        let cache = Cache::new(bench.layout.work_dir().join("cache"));
        Self { bench, course, papers, seed, cache, desk: Desk::default(), judged: AtomicUsize::new(0) }
    }

    /// The course's tree.
    #[must_use]
    pub fn layout(&self) -> &'a Layout {
        self.bench.layout
    }

    /// The labs that it grades, in the course's order.
    pub fn labs(&self) -> impl Iterator<Item = &'a Lab> {
        self.papers.iter().map(|paper| paper.lab)
    }

    /// How many lab files were judged; all others were known.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.judged.load(Ordering::Relaxed)
    }

    /// Grades all labs of `submission` at once; the workbench sees to it that no more programs run than there are cores.
    ///
    /// # Errors
    /// When the course or the machine is at fault.
    pub fn grade(&self, submission: &Submission, progress: &dyn Progress) -> Result<Report, Fault> {
        let papers = self.papers_for(submission);
        let scanned = Scanned::of(submission, papers.iter().map(|paper| paper.lab));
        let labs = thread::scope(|scope| {
            // Read while the compiler works: a student who waits for a verdict does not wait for this. Whoever needs the
            // list then is told what is wrong with it.
            scope.spawn(|| self.bench.mistakes().is_ok());
            let mut started = Vec::with_capacity(papers.len());
            for paper in papers {
                let file = scanned.files.get(&paper.lab.lab);
                started.push((paper, scope.spawn(move || self.lab(paper, file, &Nothing, progress))));
            }
            let finish = |(paper, thread): (&Paper<'_>, thread::ScopedJoinHandle<'_, _>)| {
                let stopped = |_| Fault::Stopped(paper.lab.lab.clone());
                thread.join().map_err(stopped)?
            };
            started.into_iter().map(finish).collect::<Result<Vec<GradedLab>, Fault>>()
        })?;
        Ok(self.report(submission, scanned.flags, labs.into_iter().map(|lab| lab.report).collect()))
    }

    /// Grades the labs of `submission` one after the other, for callers that grade several submissions at once; what is
    /// `known` is not judged again.
    ///
    /// # Errors
    /// When the course or the machine is at fault.
    pub fn grade_in_turn(
        &self,
        submission: &Submission,
        known: &dyn Known,
        progress: &dyn Progress,
    ) -> Result<(Report, Vec<GradedLab>), Fault> {
        let papers = self.papers_for(submission);
        let scanned = Scanned::of(submission, papers.iter().map(|paper| paper.lab));
        let mut labs = Vec::with_capacity(papers.len());
        for paper in papers {
            labs.push(self.lab(paper, scanned.files.get(&paper.lab.lab), known, progress)?);
        }
        let reports = labs.iter().map(|lab| lab.report.clone()).collect();
        Ok((self.report(submission, scanned.flags, reports), labs))
    }

    /// A digest of all that decides on points beside the submission: exams, what is linked with them, weights, points,
    /// deadlines.
    ///
    /// # Errors
    /// When a part of the course cannot be read.
    pub fn course_digest(&self) -> Result<String, Fault> {
        let mut hasher = Hasher::new("course");
        hasher.text("harness", &self.bench.harness.digest);
        hasher.text("weights", &format!("{:?}", self.course.weights));
        hasher.text("policy", &format!("{:?}", self.course.policy));
        for paper in &self.papers {
            hasher.text("exam", self.exam(paper)?.digest());
            hasher.text("deadline", &format!("{:?}", paper.lab.deadline));
            for Criterion { name, points, extra, .. } in &paper.lab.criteria {
                hasher.text("criterion", name);
                hasher.text("points", &format!("{points} {extra}"));
            }
        }
        Ok(hasher.finish())
    }

    /// A file of its own is for one lab: then the others are not missing.
    fn papers_for(&self, submission: &Submission) -> Vec<&Paper<'a>> {
        let asked =
            |paper: &&Paper<'_>| !submission.is_single_file || submission.files.contains_key(&paper.lab.lab);
        self.papers.iter().filter(asked).collect()
    }

    fn report(&self, submission: &Submission, review: Vec<String>, labs: Vec<LabReport>) -> Report {
        let mut flags = flags(self.bench, submission);
        flags.extend(review);
        flags.extend(labs.iter().filter_map(judge::want_of_time));
        Report {
            schema: SCHEMA,
            submission: submission.name.clone(),
            score: sum(labs.iter().map(|lab| lab.score)),
            max_score: sum(labs.iter().map(|lab| lab.max_score)),
            sandbox: self.bench.sandbox().tier().name().to_owned(),
            seed: self.seed,
            flags,
            labs,
        }
    }

    fn lab(
        &self,
        paper: &Paper<'a>,
        file: Option<&File>,
        known: &dyn Known,
        progress: &dyn Progress,
    ) -> Result<GradedLab, Fault> {
        let lab = paper.lab;
        let of_none = |report| GradedLab { report, judged_by: String::new() };
        let graded = match file {
            None => of_none(unjudged(lab, LabVerdict::Missing, format!("there is no {}.rs", lab.lab))),
            Some(File::Rejected(reason)) => of_none(rejected(lab, reason)),
            Some(File::Unreadable(source, reason)) => of_none(self.compile_only(lab, source, reason)?),
            Some(File::Source(source)) => {
                let exam = self.exam(paper)?;
                let judged_by = self.digest(&exam, source);
                let judgement = self.judge(paper, &exam, source, &judged_by, known, progress)?;
                let mut report = self.scored(lab, judgement);
                report.diagnosis = self.bench.mistakes()?.diagnose(&report.lab, &report.cases);
                GradedLab { report, judged_by }
            }
        };
        progress.finished(&lab.lab);
        Ok(graded)
    }

    /// A file that the scan cannot read: most are slips that the compiler explains best. One that it accepts was made to
    /// pass by the scan, and is never linked or run.
    fn compile_only(&self, lab: &Lab, source: &[u8], reason: &str) -> Result<LabReport, Fault> {
        Ok(match compile::library(self.bench, lab, source)? {
            Ok(_) => rejected(lab, reason),
            Err(refusal) => unjudged(lab, LabVerdict::DoesNotCompile, refusal.words),
        })
    }

    fn exam(&self, paper: &Paper<'a>) -> Result<Arc<Exam<'a>>, Fault> {
        paper.exam(|| Exam::read(self.bench.layout, paper.lab, self.seed))
    }

    /// What is known of this very file, or what judging it shows.
    fn judge(
        &self,
        paper: &Paper<'a>,
        exam: &Exam<'_>,
        source: &[u8],
        digest: &str,
        known: &dyn Known,
        progress: &dyn Progress,
    ) -> Result<Judgement, Fault> {
        let seat = self.desk.take(digest);
        if let Some(report) = known.judged_by(digest)? {
            return Ok(Judgement::of_report(report));
        }
        if let Some(judgement) = self.cache.get("verdict", digest).or_else(|| seat.remembered()) {
            return Ok(judgement);
        }
        let keys = paper.keys(|| reference::keys(self.bench, exam, &self.cache, progress))?;
        self.judged.fetch_add(1, Ordering::Relaxed);
        let judgement = judge::judge(self.bench, exam, &keys, source, progress)?;
        if judgement.is_lasting() {
            self.cache.put("verdict", digest, &judgement)?;
        } else if judge::want_of_time(&self.scored(paper.lab, judgement.clone())).is_none() {
            seat.remember(&judgement);
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

    fn scored(&self, lab: &Lab, judgement: Judgement) -> LabReport {
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
            diagnosis: Vec::new(),
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
        diagnosis: Vec::new(),
    }
}
