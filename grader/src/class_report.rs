//! What an instructor reads of a whole gradebook: a page to look at ([`html`]), tables for learning-management systems
//! ([`csv`]) and a text for every student ([`feedback`]).
//!
//! A gradebook is read student by student, so a class of any size needs the memory of its table of points.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::class::plain;
use crate::course::Course;
use crate::files;
use crate::gradebook::{Entry, Gradebook, GradebookError, Meta, State, Student};
use crate::skeleton::SkeletonError;
use crate::verdict::LabVerdict;

mod canvas_export;
pub mod csv;
pub mod feedback;
pub mod html;
mod late;
mod lookalikes;
mod names;
mod statistics;
mod told;

/// Why a report cannot be made.
#[derive(Debug, Error, Diagnostic)]
pub enum ReportError {
    /// The gradebook cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Gradebook(#[from] GradebookError),
    /// What was given to students cannot be told, so similar submissions cannot be found.
    #[error(transparent)]
    Skeleton(#[from] SkeletonError),
    /// The gradebook has a lab that the course has not.
    #[error("the gradebook has the lab {lab}, which this course has not: was it made with another course?")]
    #[diagnostic(help("name the course of the gradebook: grader --course DIR report ..."))]
    OtherCourse {
        /// The lab.
        lab: String,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A page cannot be filled in.
    #[error("a page of the report cannot be made: {0}")]
    Template(String),
}

/// One student's line: what happened, and the points of each lab that the report is about.
#[derive(Debug, Clone)]
pub struct Line {
    /// Who it is.
    pub student: Student,
    /// What became of the submission, or `None` when nothing was handed in.
    pub state: Option<State>,
    /// The labs that were judged, in the gradebook's order.
    pub labs: BTreeMap<String, LabLine>,
    /// Sum of the labs, after what being late costs; `None` without a grade.
    pub score: Option<f64>,
    /// Started days late of the lab that was the latest.
    pub days_late: u32,
    /// What a person should look at.
    pub flags: Vec<String>,
}

/// One lab of a student's line.
#[derive(Debug, Clone)]
pub struct LabLine {
    /// What became of it, in words.
    pub verdict: &'static str,
    /// Points, after what being late costs.
    pub score: f64,
}

/// A gradebook with the course that it belongs to, for a report on some of its labs.
#[derive(Debug)]
pub struct Source<'a> {
    gradebook: &'a Gradebook,
    course: &'a Course,
    meta: Meta,
    labs: Vec<String>,
}

impl<'a> Source<'a> {
    /// The labs called `names` of `gradebook`, or all where none is named.
    ///
    /// # Errors
    /// When the gradebook cannot be read or belongs to another course.
    pub fn new(gradebook: &'a Gradebook, course: &'a Course, names: &[String]) -> Result<Self, ReportError> {
        let meta = gradebook.meta()?;
        if let Some(lab) = meta.labs.iter().find(|lab| course.lab(lab).is_none()) {
            return Err(ReportError::OtherCourse { lab: lab.clone() });
        }
        let asked = |lab: &&String| names.is_empty() || names.contains(lab);
        let labs = meta.labs.iter().filter(asked).cloned().collect();
        Ok(Self { gradebook, course, meta, labs })
    }

    /// Points that can be reached in the labs of this report.
    #[must_use]
    pub fn max_score(&self) -> f64 {
        self.labs.iter().filter_map(|lab| self.course.lab(lab)).map(crate::course::Lab::max_score).sum()
    }

    /// Hands each student's line to `visit`, with the submission, by id.
    fn for_each(
        &self,
        mut visit: impl FnMut(Line, Option<Entry>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        self.gradebook.for_each(|student, entry| {
            let entry = entry.map(|mut entry| {
                entry.labs.retain(|lab| self.labs.contains(&lab.report.lab));
                entry
            });
            visit(line(student, entry.as_ref()), entry)
        })
    }
}

fn line(student: Student, entry: Option<&Entry>) -> Line {
    let Some(entry) = entry else {
        let labs = BTreeMap::new();
        return Line { student, state: None, labs, score: None, days_late: 0, flags: Vec::new() };
    };
    let lab = |lab: &crate::gradebook::LabEntry| {
        let verdict = crate::report::words::lab_verdict(lab.report.verdict);
        (lab.report.lab.clone(), LabLine { verdict, score: lab.final_score() })
    };
    let handed_in = || entry.labs.iter().filter(|lab| lab.report.verdict != LabVerdict::Missing);
    let is_graded = entry.state == State::Graded;
    Line {
        student,
        state: Some(entry.state.clone()),
        labs: entry.labs.iter().filter(|_| is_graded).map(lab).collect(),
        score: is_graded.then(|| entry.score()),
        days_late: handed_in().map(|lab| lab.lateness.days).max().unwrap_or(0),
        flags: entry.notes.iter().chain(&entry.flags).cloned().collect(),
    }
}

/// What the student's row of the roster says in the column `header`, however that is spelt there; nothing if it is empty.
fn said<'a>(student: &'a Student, header: &str) -> Option<&'a str> {
    let mut columns = student.columns.iter();
    let (_, value) = columns.find(|(own, _)| plain(own) == plain(header))?;
    Some(value.as_str()).filter(|value| !value.is_empty())
}

fn write(path: &Path, text: &str) -> Result<(), ReportError> {
    files::write_whole(path, text)
        .map_err(|source| ReportError::Unwritable { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests;
