//! Checks of the course itself: every promise of course.yaml is kept by a file, and every file is promised somewhere.
//!
//! All findings are told at once, each with its file and line. What runs the reference ([`Reference`]) is handed in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::course::{Course, Lab};
use crate::fault::Fault;
use crate::layout::Layout;

pub mod accept;
pub mod built;
mod cases;
mod criteria;
mod parts;
mod scenarios;
pub mod submissions;

/// Something about the course that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the course's root.
    pub path: PathBuf,
    /// The line, from 1, where there is one.
    pub line: Option<usize>,
    /// Whether it must be mended.
    pub weight: Weight,
    /// What was seen, what was expected, what to do.
    pub message: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It must be mended.
    Problem,
    /// It is allowed, and worth knowing.
    Note,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        let note = match self.weight {
            Weight::Problem => "",
            Weight::Note => "note: ",
        };
        write!(f, ": {note}{}", self.message)
    }
}

/// The reference solution, built and run on demand.
pub trait Reference {
    /// The names of all tests of a lab, as its test binary lists them, without the test `scenarios`.
    ///
    /// # Errors
    /// When the reference does not build or the list cannot be had.
    fn case_names(&mut self, lab: &Lab) -> Result<Vec<String>, Fault>;

    /// Why the lab's programs that are built once do not fit it: what the compiler says. None if they do.
    ///
    /// # Errors
    /// When the compiler cannot be run.
    fn misfit(&mut self, lab: &Lab) -> Result<Option<String>, Fault>;

    /// Plays a scenario of a lab; `scenario` is its name.
    ///
    /// # Errors
    /// When the reference does not build or does not play it to its end.
    fn play(&mut self, lab: &Lab, scenario: &str, yaml: &str) -> Result<Played, Fault>;
}

/// A scenario that the reference has played to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// The compared lines of its trace.
    pub compared: String,
    /// CPU time of its process.
    pub cpu: Duration,
}

/// Everything that is not as it should be, in the order of labs and files.
pub fn run(layout: &Layout, course: &Course, reference: &mut dyn Reference) -> Vec<Finding> {
    let mut findings = Findings { layout, course, found: Vec::new() };
    for lab in &course.labs {
        criteria::check(lab, &mut findings);
        parts::check(lab, &mut findings);
        cases::check(lab, reference, &mut findings);
        scenarios::check(lab, reference, &mut findings);
        submissions::check(lab, &mut findings);
    }
    findings.found
}

/// Collects findings; knows how places are named.
struct Findings<'a> {
    layout: &'a Layout,
    course: &'a Course,
    found: Vec<Finding>,
}

impl Findings<'_> {
    /// A problem with a lab's entry in the course file.
    fn lab(&mut self, lab: &Lab, message: String) {
        let line = self.course.text.line_of_lab(&lab.lab, 0);
        self.problem(&self.layout.course_yaml(), Some(line), message);
    }

    /// A problem with a criterion's entry in the course file.
    fn criterion(&mut self, lab: &Lab, criterion: &str, message: String) {
        let line = self.course.text.line_of_criterion(&lab.lab, criterion);
        self.problem(&self.layout.course_yaml(), Some(line), message);
    }

    /// A problem with one item of a criterion's entry in the course file.
    fn item(&mut self, lab: &Lab, criterion: &str, item: &str, message: String) {
        let text = &self.course.text;
        let line = text.line_of_item(&lab.lab, criterion, item);
        self.problem(&self.layout.course_yaml(), Some(line), message);
    }

    /// A problem with any file.
    fn problem(&mut self, path: &Path, line: Option<usize>, message: String) {
        self.push(path, line, Weight::Problem, message);
    }

    /// Something worth knowing about a file.
    fn note(&mut self, path: &Path, message: String) {
        self.push(path, None, Weight::Note, message);
    }

    fn push(&mut self, path: &Path, line: Option<usize>, weight: Weight, message: String) {
        self.found.push(Finding { path: self.layout.relative(path).to_path_buf(), line, weight, message });
    }
}

/// The files in `folder` whose names end in `.extension`, sorted; none when there is no folder.
fn files_in(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

/// The file's name without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Line (from 1) of the first line of `text` that contains `needle`.
fn line_with(text: &str, needle: &str) -> Option<usize> {
    text.lines().position(|line| line.contains(needle)).map(|index| index + 1)
}

#[cfg(test)]
mod tests;
