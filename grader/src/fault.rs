//! What can go wrong that is not the student's fault: the course, the machine or the grader.
//!
//! A [`Fault`] ends a run with exit code 2. A student's mistake is never one: it is a verdict.

use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::course::UnknownLab;
use crate::harness::HarnessError;
use crate::intake::IntakeError;
use crate::process::ProcessError;
use crate::sandbox::SandboxError;

/// Why a run could not be finished.
#[derive(Debug, Error, Diagnostic)]
pub enum Fault {
    /// There is nothing to grade.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Intake(#[from] IntakeError),
    /// The course's own crates do not build.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Harness(#[from] HarnessError),
    /// The course's own crates changed under a run.
    #[error("the course's own crates were changed or removed while this was graded")]
    #[diagnostic(help("run the command again: they are built anew"))]
    StaleHarness,
    /// Programs cannot be limited.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Sandbox(#[from] SandboxError),
    /// A program cannot be run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Process(#[from] ProcessError),
    /// A file of the course or of the grader's own folder.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `--lab` with a name that no lab has.
    #[error(transparent)]
    #[diagnostic(transparent)]
    UnknownLab(#[from] UnknownLab),
    /// The testbench cannot play a lab, or lacks a generator.
    #[error("the testbench has no {what}, which course.yaml names for the lab {lab}")]
    #[diagnostic(help("`grader lint` checks the whole course"))]
    NotInTestbench {
        /// What is missing.
        what: String,
        /// The lab.
        lab: String,
    },
    /// A scenario does not parse, or does not fit its lab.
    #[error("{0}")]
    #[diagnostic(help("`grader lint` checks the whole course"))]
    Scenario(String),
    /// A visible scenario without a key.
    #[error("the scenario {scenario} has no key for the lab {lab}: {} is missing", path.display())]
    #[diagnostic(help("`grader lint --accept {lab}/{scenario}` records it from the reference"))]
    NoKey {
        /// The scenario.
        scenario: String,
        /// The lab.
        lab: String,
        /// Where the key should be.
        path: PathBuf,
    },
    /// The list of a lab's tests is not what its test binary has.
    #[error("{} does not list the tests that {lab}'s test binary has", path.display())]
    #[diagnostic(help("run `grader skeleton` to write it anew"))]
    Manifest {
        /// The lab.
        lab: String,
        /// The list.
        path: PathBuf,
    },
    /// The list of known mistakes does not parse.
    #[error("{} does not parse: {words}", path.display())]
    #[diagnostic(help("`grader mistakes` writes it anew"))]
    Mistakes {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        words: String,
    },
    /// A known-wrong submission cannot be judged, or nothing that a student has shows its mistake.
    #[error("{}: {problem}", path.display())]
    KnownSubmission {
        /// The submission.
        path: PathBuf,
        /// What was found instead.
        problem: String,
    },
    /// The reference does not compile.
    #[error("{} does not compile:\n{words}", path.display())]
    ReferenceDoesNotCompile {
        /// The reference.
        path: PathBuf,
        /// What the compiler said.
        words: String,
    },
    /// The reference fails one of its own scenarios.
    #[error("the reference of {lab} fails the scenario {scenario}: {problem}")]
    #[diagnostic(help("the course is at fault, not the submission; `grader lint` checks the whole course"))]
    ReferenceFails {
        /// The lab.
        lab: String,
        /// The scenario.
        scenario: String,
        /// What happened.
        problem: String,
    },
    /// The gradebook cannot be used.
    #[cfg(feature = "instructor")]
    #[error(transparent)]
    #[diagnostic(transparent)]
    Gradebook(#[from] Box<crate::gradebook::GradebookError>),
    /// A part of the grader stopped unexpectedly.
    #[error("the grader stopped while it judged {0}")]
    #[diagnostic(help("please report it with the submission, if you can share it"))]
    Stopped(String),
}

#[cfg(feature = "instructor")]
impl From<crate::gradebook::GradebookError> for Fault {
    fn from(error: crate::gradebook::GradebookError) -> Self {
        Self::Gradebook(Box::new(error))
    }
}

impl Fault {
    /// Makes an error of the system into a fault that names its file.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        |source| Self::File { path, source }
    }
}
