//! Reading a gradebook: student by student, so that a class of any size needs the memory of one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row};
use serde::de::DeserializeOwned;

use super::rows::{Entry, LabEntry, Meta, State, Student};
use super::{Gradebook, GradebookError};
use crate::course::policy::Lateness;
use crate::intake::LabFile;
use crate::verdict::LabReport;

impl Gradebook {
    /// What holds for the whole gradebook; none if it was made and nothing was written to it yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn find_meta(&self) -> Result<Option<Meta>, GradebookError> {
        let facts = self.collect("SELECT key, value FROM meta", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let facts: BTreeMap<String, String> = facts.into_iter().collect();
        if facts.is_empty() {
            return Ok(None);
        }
        let fact = |key: &str| {
            facts.get(key).map(String::as_str).ok_or_else(|| self.damaged(format!("it has no `{key}`")))
        };
        let seed = fact("seed")?.parse().map_err(|error| self.damaged(error))?;
        let created = fact("created")?.parse().map_err(|error| self.damaged(error))?;
        let shard = match fact("shard")? {
            "" => None,
            text => Some(text.parse().map_err(|error: String| self.damaged(error))?),
        };
        Ok(Some(Meta {
            title: fact("title")?.to_owned(),
            seed,
            course: fact("course")?.to_owned(),
            labs: fact("labs")?.split_whitespace().map(str::to_owned).collect(),
            shard,
            created,
        }))
    }

    /// What holds for the whole gradebook.
    ///
    /// # Errors
    /// When it cannot be read, or nothing was written to it yet.
    pub fn meta(&self) -> Result<Meta, GradebookError> {
        self.find_meta()?.ok_or_else(|| super::not_one(&self.path, "no run has written to it yet"))
    }

    /// Everybody, by id.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn students(&self) -> Result<Vec<Student>, GradebookError> {
        let columns = "SELECT id, name, email, section, on_roster, columns FROM students ORDER BY id";
        self.collect(columns, [], read_student)
    }

    /// The student called `id`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn student(&self, id: &str) -> Result<Option<Student>, GradebookError> {
        let columns = "SELECT id, name, email, section, on_roster, columns FROM students WHERE id = ?1";
        Ok(self.collect(columns, [id], read_student)?.pop())
    }

    /// Ids of those who handed in, in order.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn submitters(&self) -> Result<Vec<String>, GradebookError> {
        self.collect("SELECT student FROM submissions ORDER BY student", [], |row| row.get(0))
    }

    /// The submission of the student called `id` and what came of it; none if nothing was handed in.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn entry(&self, id: &str) -> Result<Option<Entry>, GradebookError> {
        let Some(mut entry) = self.entry_without_labs(id)? else { return Ok(None) };
        let columns =
            "SELECT report, compile_ms, cases_ms, due, days_late, days_excused, percent_off, judged_by
             FROM labs LEFT JOIN timings USING (student, lab) WHERE student = ?1 ORDER BY position";
        entry.labs = self.collect(columns, [id], read_lab)?;
        Ok(Some(entry))
    }

    /// As [`Gradebook::entry`], its labs left out: enough to know whether there is anything to do.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn entry_without_labs(&self, id: &str) -> Result<Option<Entry>, GradebookError> {
        let columns =
            "SELECT student, name, state, reason, digest, submitted_at, sandbox, notes, flags, is_final
             FROM submissions WHERE student = ?1";
        self.connection
            .prepare_cached(columns)
            .and_then(|mut statement| statement.query_row([id], read_entry).optional())
            .map_err(|error| self.fault(&error))
    }

    /// Hands every student and their submission to `visit`, by id.
    ///
    /// # Errors
    /// When it cannot be read, or `visit` fails.
    pub fn for_each<E: From<GradebookError>>(
        &self,
        mut visit: impl FnMut(Student, Option<Entry>) -> Result<(), E>,
    ) -> Result<(), E> {
        for student in self.students()? {
            let entry = self.entry(&student.id)?;
            visit(student, entry)?;
        }
        Ok(())
    }

    /// The files that a student handed in, by lab.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn files(&self, student: &str) -> Result<BTreeMap<String, LabFile>, GradebookError> {
        let columns = "SELECT lab, bytes, rejected FROM files LEFT JOIN sources USING (digest)
             WHERE student = ?1 ORDER BY lab";
        let files = self.collect(columns, [student], |row| {
            let rejected: Option<String> = row.get(2)?;
            let file = match rejected {
                Some(reason) => LabFile::Rejected(reason),
                None => LabFile::Source(row.get(1)?),
            };
            Ok((row.get(0)?, file))
        })?;
        Ok(files.into_iter().collect())
    }

    /// What was judged before by the same digest, whoever handed it in; never what a busy machine left unfinished.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn judged_by(&self, digest: &str) -> Result<Option<LabReport>, GradebookError> {
        let columns = "SELECT report FROM labs JOIN submissions USING (student)
             WHERE judged_by = ?1 AND is_final = 1 LIMIT 1";
        self.connection
            .prepare_cached(columns)
            .and_then(|mut statement| statement.query_row([digest], |row| from_json(row, 0)).optional())
            .map_err(|error| self.fault(&error))
    }

    pub(super) fn collect<T>(
        &self,
        query: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Vec<T>, GradebookError> {
        let collected = || -> Result<Vec<T>, rusqlite::Error> {
            self.connection.prepare_cached(query)?.query_map(parameters, read)?.collect()
        };
        collected().map_err(|error| self.fault(&error))
    }
}

fn read_student(row: &Row<'_>) -> Result<Student, rusqlite::Error> {
    Ok(Student {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        section: row.get(3)?,
        on_roster: row.get(4)?,
        columns: from_json(row, 5)?,
    })
}

/// The labs are read apart.
fn read_entry(row: &Row<'_>) -> Result<Entry, rusqlite::Error> {
    let state: String = row.get(2)?;
    let state = match state.as_str() {
        "waiting" => State::Waiting,
        "graded" => State::Graded,
        "refused" => State::Refused(row.get(3)?),
        other => return Err(unreadable(2, format!("`{other}` is no state"))),
    };
    Ok(Entry {
        student: row.get(0)?,
        name: row.get(1)?,
        state,
        digest: row.get(4)?,
        submitted_at: time(row, 5)?,
        sandbox: row.get(6)?,
        notes: from_json(row, 7)?,
        flags: from_json(row, 8)?,
        is_final: row.get(9)?,
        labs: Vec::new(),
    })
}

fn read_lab(row: &Row<'_>) -> Result<LabEntry, rusqlite::Error> {
    let mut report: LabReport = from_json(row, 0)?;
    // A migrated gradebook has no times.
    let compile_ms: Option<i64> = row.get(1)?;
    report.compile_ms = compile_ms.and_then(|time| u64::try_from(time).ok()).unwrap_or(0);
    let cases: Option<String> = row.get(2)?;
    let cases: Vec<u64> = match cases {
        Some(text) => serde_json::from_str(&text).map_err(|error| unreadable(2, error))?,
        None => Vec::new(),
    };
    for (case, time) in report.cases.iter_mut().zip(cases) {
        case.duration_ms = time;
    }
    let lateness =
        Lateness { due: time(row, 3)?, days: row.get(4)?, excused: row.get(5)?, percent: row.get(6)? };
    Ok(LabEntry { report, lateness, judged_by: row.get(7)? })
}

fn time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, rusqlite::Error> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|error| unreadable(column, error))).transpose()
}

fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, rusqlite::Error> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(column, error))
}

fn unreadable(column: usize, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}
