//! When submissions were handed in, where no learning-management system says so: a CSV file `student,submitted_at`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::ClassError;
use super::table::Table;
use crate::course::policy;

/// The file's times.
#[derive(Debug, Default)]
pub(super) struct Times {
    path: PathBuf,
    /// By student: the time, and the line that says it.
    by_id: BTreeMap<String, (Timestamp, u64)>,
}

impl Times {
    /// Reads `path`.
    ///
    /// # Errors
    /// When a column is missing, a time says no zone, or a student stands twice; with the line.
    pub(super) fn read(path: &Path) -> Result<Self, ClassError> {
        let table = Table::read(path)?;
        let columns = "the columns are student and submitted_at";
        let column = |names: &[&str]| {
            let seen = table.headers.join(", ");
            let missing = || table.wrong(1, format!("no column `{}`; saw {seen}", names[0]), columns);
            table.column(names).ok_or_else(missing)
        };
        let student = column(&["student", "id"])?;
        let submitted_at = column(&["submitted_at", "submitted at"])?;
        let mut by_id = BTreeMap::new();
        for row in &table.rows {
            let id = row.value(Some(student));
            let wrong = |problem: String, advice: &str| table.wrong(row.line, problem, advice);
            let moment = policy::moment(row.value(Some(submitted_at)))
                .map_err(|problem| wrong(problem, "a time of submission says its offset from UTC"))?;
            if by_id.insert(id.to_owned(), (moment.timestamp(), row.line)).is_some() {
                return Err(wrong(format!("`{id}` stands here twice"), "keep the time that counts"));
            }
        }
        Ok(Self { path: path.to_path_buf(), by_id })
    }

    /// Each student's time.
    pub(super) fn each(&self) -> impl Iterator<Item = (String, Timestamp)> + '_ {
        self.by_id.iter().map(|(id, (at, _))| (id.clone(), *at))
    }

    /// Ids that `is_known` does not know, in order.
    pub(super) fn unknown(&self, is_known: impl Fn(&str) -> bool) -> Vec<String> {
        self.by_id.keys().filter(|id| !is_known(id)).cloned().collect()
    }

    /// An error about the line of `id`, who is not on the roster and handed nothing in.
    pub(super) fn of_nobody(&self, id: &str) -> ClassError {
        ClassError::Csv {
            path: self.path.clone(),
            line: self.by_id.get(id).map_or(1, |(_, line)| *line),
            problem: format!("`{id}` is not on the roster and handed nothing in"),
            advice: "use the roster's ids; who is not on it has the id that the gradebook shows".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn in_folder(text: &str) -> Result<Times, ClassError> {
        let folder = tempfile::tempdir().unwrap();
        let times = folder.path().join("times.csv");
        std::fs::write(&times, text).unwrap();
        Times::read(&times)
    }

    #[test]
    fn times_are_read() {
        let times = in_folder("student,submitted_at\ns1,2026-10-05T12:00:00+02:00\n").unwrap();
        let times: Vec<_> = times.each().map(|(id, at)| format!("{id} {at}")).collect();
        assert_eq!(times, ["s1 2026-10-05T10:00:00Z"]);
    }

    #[rstest]
    #[case::no_zone("student,submitted_at\ns1,2026-10-05 12:00\n", "times.csv:2: ")]
    #[case::twice(
        "student,submitted_at\ns1,2026-10-05T12:00:00Z\ns1,2026-10-06T12:00:00Z\n",
        "times.csv:3: `s1` stands here twice"
    )]
    #[case::no_column("student,when\n", "times.csv:1: no column `submitted_at`; saw student, when")]
    fn what_is_wrong_is_told_with_its_line(#[case] text: &str, #[case] words: &str) {
        let message = in_folder(text).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    }

    #[test]
    fn who_is_unknown_is_told_with_the_line() {
        let times = in_folder("student,submitted_at\n\ns9,2026-10-05T12:00:00Z\n").unwrap();
        assert_eq!(times.unknown(|id| id == "s9"), [""; 0]);
        assert_eq!(times.unknown(|id| id == "s1"), ["s9"]);
        let message = times.of_nobody("s9").to_string();
        assert!(
            message.ends_with("times.csv:3: `s9` is not on the roster and handed nothing in"),
            "{message}"
        );
    }
}
