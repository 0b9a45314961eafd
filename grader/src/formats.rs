//! What other systems read: Gradescope, PrairieLearn, Autolab, GitHub Classroom, JUnit and CTRF (book: "Reports for other
//! systems").
//!
//! One file a form. All of them may end before a student's eyes, so they take what they print from [`told`], which lets
//! out of a hidden item its verdict alone, and neither the seed nor a flag that asks a person to review something.

use jiff::Timestamp;

use crate::course::Course;
use crate::course::policy::Lateness;
use crate::verdict::Report;

mod autolab;
mod classroom;
mod ctrf;
pub mod gradescope;
mod junit;
mod prairielearn;
pub(crate) mod told;

/// A system that reads reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Gradescope's `results.json`.
    Gradescope,
    /// PrairieLearn's `results.json`.
    PrairieLearn,
    /// The last lines of an Autolab autograder's standard output.
    Autolab,
    /// The step output `result` that GitHub Classroom's reporter takes.
    Classroom,
    /// JUnit's XML, as nextest writes it.
    JUnit,
    /// Common Test Report Format.
    Ctrf,
}

/// `report` as `system` reads it, a line end at its end.
#[must_use]
pub fn render(report: &Report, course: &Course, system: System) -> String {
    match system {
        System::Gradescope => gradescope::render(report, course, &Lateness::default()),
        System::PrairieLearn => prairielearn::render(report, course),
        System::Autolab => autolab::render(report, course),
        System::Classroom => classroom::render(report, course),
        System::JUnit => junit::render(report, course),
        // The only form that must name a time of day; a report has none.
        System::Ctrf => ctrf::render(report, course, Timestamp::now()),
    }
}

#[cfg(test)]
mod tests;
