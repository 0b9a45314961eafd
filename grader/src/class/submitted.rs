//! When submissions were handed in, where no learning-management system says so: a CSV file `student,submitted_at`.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::ClassError;
use super::roster::Roster;
use super::table::Table;
use crate::course::policy;

/// Reads `path`: for each student the time.
///
/// # Errors
/// When a column is missing, a time says no zone, or a student stands twice or is not on the roster; with the line.
pub(super) fn read(path: &Path, roster: Option<&Roster>) -> Result<BTreeMap<String, Timestamp>, ClassError> {
    let table = Table::read(path)?;
    let columns = "the columns are student and submitted_at";
    let column = |names: &[&str]| {
        let seen = table.headers.join(", ");
        let missing = || table.wrong(1, format!("no column `{}`; saw {seen}", names[0]), columns);
        table.column(names).ok_or_else(missing)
    };
    let student = column(&["student", "id"])?;
    let submitted_at = column(&["submitted_at", "submitted at"])?;
    let mut times = BTreeMap::new();
    for row in &table.rows {
        let id = row.value(Some(student));
        let wrong = |problem: String, advice: &str| table.wrong(row.line, problem, advice);
        let moment = policy::moment(row.value(Some(submitted_at)))
            .map_err(|problem| wrong(problem, "a time of submission says its offset from UTC"))?;
        if roster.is_some_and(|roster| !roster.has(id)) {
            return Err(wrong(format!("`{id}` is not on the roster"), "use the roster's ids"));
        }
        if times.insert(id.to_owned(), moment.timestamp()).is_some() {
            return Err(wrong(format!("`{id}` stands here twice"), "keep the time that counts"));
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn in_folder(text: &str) -> Result<BTreeMap<String, Timestamp>, ClassError> {
        let folder = tempfile::tempdir().unwrap();
        let (times, roster) = (folder.path().join("times.csv"), folder.path().join("roster.csv"));
        std::fs::write(&times, text).unwrap();
        std::fs::write(&roster, "id\ns1\ns2\n").unwrap();
        read(&times, Some(&Roster::read(&roster).unwrap()))
    }

    #[test]
    fn times_are_read() {
        let times = in_folder("student,submitted_at\ns1,2026-10-05T12:00:00+02:00\n").unwrap();
        assert_eq!(times["s1"].to_string(), "2026-10-05T10:00:00Z");
    }

    #[rstest]
    #[case::no_zone("student,submitted_at\ns1,2026-10-05 12:00\n", "times.csv:2: ")]
    #[case::unknown(
        "student,submitted_at\n\ns9,2026-10-05T12:00:00Z\n",
        "times.csv:3: `s9` is not on the roster"
    )]
    #[case::twice(
        "student,submitted_at\ns1,2026-10-05T12:00:00Z\ns1,2026-10-06T12:00:00Z\n",
        "times.csv:3: `s1` stands here twice"
    )]
    #[case::no_column("student,when\n", "times.csv:1: no column `submitted_at`; saw student, when")]
    fn what_is_wrong_is_told_with_its_line(#[case] text: &str, #[case] words: &str) {
        let message = in_folder(text).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }
}
