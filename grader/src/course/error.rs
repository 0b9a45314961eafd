//! What can be wrong with a course file, shown with the line where it is.

use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceSpan};
use thiserror::Error;

use super::CourseText;
use super::check::Problem;
use super::plain::{self, Told};

/// A course that cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum CourseError {
    /// The file cannot be read.
    #[error("cannot read the course file {}", path.display())]
    #[diagnostic(help(
        "run grader in a folder of the course (the one with fixtures/course.yaml), or name it with --course DIR"
    ))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no text of the kind that is read here.
    #[error("line {line} of the course file {} is not UTF-8", path.display())]
    #[diagnostic(help("save the file as UTF-8: the editor has it as UTF-16 or in another encoding"))]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first line (from 1) that is not.
        line: usize,
    },
    /// The file is not YAML of the shape that a course has.
    #[error("the course file does not parse: {message}")]
    #[diagnostic(help(
        "mend the marked line; nothing is graded by a course that is not understood as a whole"
    ))]
    Syntax {
        /// What was seen and what was expected.
        message: String,
        /// The line (from 1), when the reader knows it.
        at: Option<usize>,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// The place.
        #[label("here")]
        span: SourceSpan,
    },
    /// The file parses, and contradicts itself.
    #[error("the course file contradicts itself: {summary}")]
    Inconsistent {
        /// All problems in one line.
        summary: String,
        /// The line (from 1) of the first problem.
        at: usize,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Each problem at its place.
        #[label(collection)]
        spans: Vec<LabeledSpan>,
    },
}

impl CourseError {
    /// The line (from 1) of the fault, when it has one.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Unreadable { .. } => None,
            Self::NotText { line, .. } => Some(*line),
            Self::Syntax { at, .. } => *at,
            Self::Inconsistent { at, .. } => Some(*at),
        }
    }

    pub(super) fn syntax(text: &CourseText, error: &serde_yaml::Error) -> Self {
        let Told { message, line: at } = plain::told(text, error);
        Self::Syntax {
            message,
            at,
            text: named(text),
            span: SourceSpan::from(text.span_of_line(at.unwrap_or(1))),
        }
    }

    pub(super) fn inconsistent(text: &CourseText, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.line);
        let messages: Vec<_> = problems.iter().map(|one| one.message.as_str()).collect();
        Self::Inconsistent {
            summary: messages.join("; "),
            at: problems.first().map_or(1, |problem| problem.line),
            text: named(text),
            spans: problems
                .iter()
                .map(|problem| {
                    LabeledSpan::new_with_span(Some(problem.message.clone()), text.span_of_line(problem.line))
                })
                .collect(),
        }
    }
}

fn named(text: &CourseText) -> Arc<NamedSource<String>> {
    Arc::new(NamedSource::new(text.name(), text.text().to_owned()).with_language("yaml"))
}
