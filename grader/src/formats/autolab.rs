//! The last two lines of an Autolab autograder's standard output: what students see, and the scores.
//!
//! Autolab puts quotes around every word before a colon in the last line (`([a-zA-Z0-9]+):` becomes `"\1":`) to forgive
//! keys without quotes, and with it breaks texts that hold a colon. So colons inside strings are written as `\u003a`, which
//! is the same JSON.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::course::Course;
use crate::verdict::{Kind, LabReport, Report};

use super::told;

/// Most bytes of a hint, which is shown in a cell of a table.
const HINT_BYTES: usize = 1 << 10;

/// `report` as two lines of JSON.
pub(super) fn render(report: &Report, course: &Course) -> String {
    let presentation = without_colons(&compact(&Presentation { report, course }));
    let scores = without_colons(&compact(&AutoResult {
        scores: Scores(report),
        scoreboard: report.labs.iter().map(|lab| lab.score).chain([report.score]).collect(),
    }));
    format!("{presentation}\n{scores}\n")
}

fn compact(value: &impl Serialize) -> String {
    // Writing JSON fails only on keys that are no strings and on writers that fail; a report has neither.
    serde_json::to_string(value).unwrap_or_default()
}

/// The same JSON with every colon inside a string escaped.
fn without_colons(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    let mut in_string = false;
    let mut is_escaped = false;
    for character in json.chars() {
        match character {
            '"' if !is_escaped => in_string = !in_string,
            ':' if in_string => {
                written.push_str("\\u003a");
                continue;
            }
            _ => {}
        }
        is_escaped = character == '\\' && !is_escaped;
        written.push(character);
    }
    written
}

#[derive(Serialize)]
struct AutoResult<'a> {
    scores: Scores<'a>,
    scoreboard: Vec<f64>,
}

/// One problem a lab, in the course's order.
struct Scores<'a>(&'a Report);

impl Serialize for Scores<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.labs.iter().map(|lab| (&lab.lab, lab.score)))
    }
}

/// One stage a lab, with its criteria in the course's order.
struct Presentation<'a> {
    report: &'a Report,
    course: &'a Course,
}

impl Serialize for Presentation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names: Vec<_> = self.report.labs.iter().map(|lab| self.name(lab)).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("_presentation", "semantic")?;
        map.serialize_entry("stages", &names)?;
        for (name, graded) in names.iter().zip(&self.report.labs) {
            map.serialize_entry(name, &Stage { course: self.course, graded })?;
        }
        map.end()
    }
}

impl Presentation<'_> {
    /// A name that none of the keys above can be, whatever a lab is called.
    fn name(&self, graded: &LabReport) -> String {
        let title = self.course.lab(&graded.lab).map_or("", |lab| &lab.title);
        told::line(&format!("{} - {title}", graded.lab))
    }
}

struct Stage<'a> {
    course: &'a Course,
    graded: &'a LabReport,
}

#[derive(Serialize)]
struct Check {
    passed: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    hint: String,
}

impl Serialize for Stage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { course, graded } = self;
        let mut map = serializer.serialize_map(Some(graded.criteria.len()))?;
        for criterion in &graded.criteria {
            let passed = told::obstacle(graded).is_none() && criterion.score >= criterion.max_score;
            let kinds = [Kind::Case, Kind::Scenario, Kind::Hidden];
            let hint = if passed {
                String::new()
            } else {
                told::summary(graded, &criterion.name, &kinds, HINT_BYTES)
            };
            map.serialize_entry(&told::title(course, &graded.lab, criterion), &Check { passed, hint })?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::key_and_value(r#"{"a:b":"c: d"}"#, r#"{"a\u003ab":"c\u003a d"}"#)]
    #[case::quote_inside(r#"{"a\":b":1}"#, r#"{"a\"\u003ab":1}"#)]
    #[case::backslash_before_the_end(r#"{"a\\":"b:"}"#, r#"{"a\\":"b\u003a"}"#)]
    fn colons_inside_strings_are_escaped(#[case] json: &str, #[case] expected: &str) {
        let written = without_colons(json);
        assert_eq!(written, expected);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&written), read(json));
    }
}
