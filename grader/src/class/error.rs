//! What can be wrong with what an instructor gives beside the submissions: folder, roster, times.

use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::fault::Fault;
use crate::gradebook::GradebookError;
use crate::intake::IntakeError;

/// Why a class cannot be graded.
#[derive(Debug, Error, Diagnostic)]
pub enum ClassError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    #[diagnostic(help("name a folder of submissions or a zip of them, and a CSV file as roster"))]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds no submission.
    #[error("{} holds no submissions; saw {seen}", path.display())]
    #[diagnostic(help(
        "expected a folder or an archive for each student, or what Canvas, Moodle or Gradescope let you download"
    ))]
    NoSubmissions {
        /// The folder.
        path: PathBuf,
        /// What lies there.
        seen: String,
    },
    /// A line of a CSV file.
    #[error("{}:{line}: {problem}", path.display())]
    #[diagnostic(help("{advice}"))]
    Csv {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// Gradescope's metadata.
    #[error("{} is not the metadata of a Gradescope export: {problem}", path.display())]
    #[diagnostic(help("export the submissions again, and leave the export as it is"))]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// An extension for somebody whom the roster does not name.
    #[error("{}:{line}: the extension is for `{student}`, who is not on the roster", path.display())]
    #[diagnostic(help("{advice}"))]
    ExtensionOfNobody {
        /// The course file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The id.
        student: String,
        /// What to do.
        advice: String,
    },
    /// The class's archive.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Intake(#[from] IntakeError),
    /// The gradebook.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Gradebook(#[from] GradebookError),
    /// The course or the machine.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Fault(#[from] Fault),
}

impl ClassError {
    /// Makes an error of the system into one that names its file.
    pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        |source| Self::Unreadable { path, source }
    }
}
