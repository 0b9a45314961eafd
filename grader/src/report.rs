//! What people and programs get to read about a graded submission.
//!
//! One file a form: [`table`] for the terminal, [`json`] for other tools, [`markdown`] for step summaries. They only
//! print; what happened is in [`Report`]. [`beside`] shows a whole trace with the expected one.

use crate::colour::Look;
use crate::course::Course;
use crate::verdict::Report;

pub mod beside;
pub mod failure;
pub mod json;
pub mod markdown;
pub(crate) mod sides;
pub mod table;
pub mod trace_page;
pub mod words;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person: labs, criteria, points, the first failure of each lab, the next step.
    Table,
    /// For other tools; the shape is that of [`Report`].
    Json,
    /// For a step summary or an issue.
    Markdown,
    /// For another system.
    #[cfg(feature = "instructor")]
    Other(crate::formats::System),
}

/// What a report needs to know beside the result.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The course that the submission was graded by.
    pub course: &'a Course,
    /// What the output can show.
    pub look: Look,
    /// Whose file was graded: it decides whether the report can say which file to edit next.
    pub origin: Origin,
}

/// Where the graded files came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The working tree's own `labs/src`.
    OwnTree,
    /// A folder, a file or an archive that was handed in.
    HandedIn,
}

/// `report` as text, a line end at its end.
#[must_use]
pub fn render(report: &Report, format: Format, context: &Context<'_>) -> String {
    match format {
        Format::Table => table::render(report, context),
        Format::Json => json::render(report),
        Format::Markdown => markdown::render(report, context),
        #[cfg(feature = "instructor")]
        Format::Other(system) => crate::formats::render(report, context.course, system),
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
