//! What can be wrong with a course file, shown with the line where it is.

use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceSpan};
use thiserror::Error;

use super::CourseText;
use super::check::Problem;

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
            Self::Syntax { at, .. } => *at,
            Self::Inconsistent { at, .. } => Some(*at),
        }
    }

    pub(super) fn syntax(text: &CourseText, error: &serde_yaml::Error) -> Self {
        let at = error.location().map(|location| location.line());
        // The reader's own " at line 12 column 9" would say a second time what the label shows.
        let message = error.to_string();
        let message = match message.rfind(" at line ") {
            Some(end) if at.is_some() => message[..end].to_owned(),
            _ => message,
        };
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
