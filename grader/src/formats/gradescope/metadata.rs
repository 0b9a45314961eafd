//! `submission_metadata.json`: when Gradescope says that a submission came, and when it was due.
//!
//! Gradescope's own due date decides there, with the extension of the student who has one; what a started day costs, and how
//! many days are free, stands in course.yaml.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Zoned;
use miette::Diagnostic;
use serde::Deserialize;
use thiserror::Error;

use crate::course::Course;
use crate::course::policy::{self, Lateness};

/// The file does not say when a submission came.
#[derive(Debug, Error, Diagnostic)]
pub enum MetadataError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is not Gradescope's submission_metadata.json: {problem}", path.display())]
    #[diagnostic(help("in an autograder it lies at /autograder/submission_metadata.json"))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// What matters here; the file says more.
#[derive(Deserialize)]
struct About {
    created_at: String,
    assignment: Due,
    #[serde(default)]
    users: Vec<User>,
}

#[derive(Deserialize)]
struct User {
    assignment: Option<Due>,
}

#[derive(Deserialize)]
struct Due {
    due_date: Option<String>,
}

/// How late the submission is that the file at `path` tells of.
///
/// # Errors
/// When it cannot be read, or a time in it is none.
pub fn lateness(path: &Path, course: &Course) -> Result<Lateness, MetadataError> {
    let text = fs::read_to_string(path)
        .map_err(|source| MetadataError::Unreadable { path: path.to_path_buf(), source })?;
    let wrong = |problem: String| MetadataError::Unknown { path: path.to_path_buf(), problem };
    let about: About = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let created_at = policy::moment(&about.created_at).map_err(wrong)?;
    let own = about.users.iter().filter_map(|user| user.assignment.as_ref());
    let dates = own.chain([&about.assignment]).filter_map(|due| due.due_date.as_deref());
    let dates: Vec<Zoned> = dates.map(policy::moment).collect::<Result<_, _>>().map_err(wrong)?;
    // A group has the time of the member who has most.
    let due = dates.into_iter().max();
    Ok(due.map(|due| course.policy.late_by(&due, created_at.timestamp())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const COURSE: &str = "title: T\ndeadline: 2020-01-01T00:00:00Z\nlate: { percent_per_day: 10, cap_percent: 50, \
                          grace_days: 1 }\nlabs:\n  - { lab: tlb, title: T, chapter: tlb.md, types: [Tlb], criteria: \
                          [{ name: Looks up, step: 1, points: 100, cases: ['a'] }] }\n";

    fn read(text: &str) -> Result<Lateness, MetadataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("submission_metadata.json");
        fs::write(&path, text).unwrap();
        lateness(&path, &Course::parse("course.yaml", COURSE.to_owned()).unwrap())
    }

    /// As Gradescope documents the file.
    fn metadata(created_at: &str, due: &str, own: &str) -> String {
        format!(
            "{{\"id\": 123456, \"created_at\": \"{created_at}\", \"assignment\": {{\"due_date\": {due}, \"group_size\": 4}}, \
             \"submission_method\": \"upload\", \"users\": [{{\"email\": \"student@example.com\", \"id\": 1234, \"name\": \
             \"Student User\", \"assignment\": {{\"due_date\": {own}}}}}], \"previous_submissions\": []}}"
        )
    }

    #[rstest]
    #[case::in_time(
        "2018-07-01T14:22:32.365935-07:00",
        "\"2018-07-31T23:00:00.000000-07:00\"",
        "null",
        0,
        0.0
    )]
    #[case::on_a_grace_day(
        "2018-08-01T14:22:32.365935-07:00",
        "\"2018-07-31T23:00:00.000000-07:00\"",
        "null",
        1,
        0.0
    )]
    #[case::three_days(
        "2018-08-03T14:22:32.365935-07:00",
        "\"2018-07-31T23:00:00.000000-07:00\"",
        "null",
        3,
        20.0
    )]
    #[case::another_zone("2018-08-01T06:00:00Z", "\"2018-07-31T23:00:00.000000-07:00\"", "null", 0, 0.0)]
    #[case::capped(
        "2019-08-03T14:22:32.365935-07:00",
        "\"2018-07-31T23:00:00.000000-07:00\"",
        "null",
        368,
        50.0
    )]
    #[case::an_extension(
        "2018-08-03T14:22:32.365935-07:00",
        "\"2018-07-31T23:00:00.000000-07:00\"",
        "\"2018-08-05T23:00:00.000000-07:00\"",
        0,
        0.0
    )]
    #[case::no_due_date("2018-08-03T14:22:32.365935-07:00", "null", "null", 0, 0.0)]
    fn gradescopes_dates_and_the_courses_costs(
        #[case] created_at: &str,
        #[case] due: &str,
        #[case] own: &str,
        #[case] days: u32,
        #[case] percent: f64,
    ) {
        let lateness = read(&metadata(created_at, due, own)).unwrap();
        assert_eq!((lateness.days, lateness.percent), (days, percent));
    }

    #[rstest]
    #[case::something_else("[1, 2]", "is not Gradescope's submission_metadata.json")]
    #[case::no_zone(
        "{\"created_at\": \"2018-07-01T14:22:32\", \"assignment\": {}}",
        "does not say its offset"
    )]
    fn what_is_wrong_is_told(#[case] text: &str, #[case] words: &str) {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
