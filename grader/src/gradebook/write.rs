//! Writing a gradebook: what holds for all of it, who may hand in, and one submission at a time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Transaction, TransactionBehavior, params};

use super::rows::{Entry, LabEntry, Meta, State, Student};
use super::{Gradebook, GradebookError};
use crate::hash::Hasher;
use crate::intake::LabFile;
use crate::verdict::LabReport;

impl Gradebook {
    /// Writes what holds for the whole gradebook, in place of what it held before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_meta(&mut self, meta: &Meta) -> Result<(), GradebookError> {
        self.in_transaction(|transaction| write_meta(transaction, meta))
    }

    /// Enters `students`, bringing up to date who is known already, and submissions that wait for their grade, in place of
    /// the same students' earlier ones.
    ///
    /// # Errors
    /// When it cannot be written; then nothing was.
    pub fn enrol(&mut self, students: &[Student], waiting: &[Entry]) -> Result<(), GradebookError> {
        self.in_transaction(|transaction| {
            students.iter().try_for_each(|student| write_student(transaction, student))?;
            waiting.iter().try_for_each(|entry| write_entry(transaction, entry, &BTreeMap::new()))
        })
    }

    /// Takes whoever is not among `students` off the roster: who handed something in stays as one who is not on it, and
    /// nothing is left of anybody else.
    ///
    /// # Errors
    /// When it cannot be written; then nothing was.
    pub fn retire_all_but(&mut self, students: &[Student]) -> Result<(), GradebookError> {
        let stays: BTreeSet<&str> = students.iter().map(|student| student.id.as_str()).collect();
        let left: Vec<Student> = self
            .students()?
            .into_iter()
            .filter(|old| old.on_roster && !stays.contains(old.id.as_str()))
            .collect();
        self.in_transaction(|transaction| {
            for Student { id, .. } in &left {
                transaction.execute("UPDATE students SET on_roster = 0 WHERE id = ?1", [id])?;
                let gone =
                    "DELETE FROM students WHERE id = ?1 AND id NOT IN (SELECT student FROM submissions)";
                transaction.execute(gone, [id])?;
            }
            Ok(())
        })
    }

    /// Takes the student called `id` out, with all that was handed in and came of it.
    ///
    /// # Errors
    /// When it cannot be written; then nothing was.
    pub fn forget(&mut self, id: &str) -> Result<(), GradebookError> {
        self.in_transaction(|transaction| {
            delete_submission(transaction, id)?;
            transaction.execute("DELETE FROM students WHERE id = ?1", [id]).map(drop)
        })
    }

    /// Records a submission that was graded or refused, with the files that were handed in: all of it or nothing.
    ///
    /// # Errors
    /// When it cannot be written; then nothing was.
    pub fn record(&mut self, entry: &Entry, files: &BTreeMap<String, LabFile>) -> Result<(), GradebookError> {
        self.in_transaction(|transaction| write_entry(transaction, entry, files))
    }

    /// Gives submissions their new grades, and the gradebook the course that they were graded by: all of it or nothing.
    /// What was handed in stays.
    ///
    /// # Errors
    /// When it cannot be written; then nothing was.
    pub fn regrade(
        &mut self,
        meta: &Meta,
        entries: impl Iterator<Item = Result<Entry, GradebookError>>,
    ) -> Result<(), GradebookError> {
        let path = self.path.clone();
        let fault = |error: rusqlite::Error| GradebookError::of(&path, &error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        write_meta(&transaction, meta).map_err(fault)?;
        for entry in entries {
            write_grades(&transaction, &entry?).map_err(fault)?;
        }
        transaction.commit().map_err(fault)
    }

    fn in_transaction(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<(), rusqlite::Error>,
    ) -> Result<(), GradebookError> {
        let done = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|transaction| work(&transaction).and_then(|()| transaction.commit()));
        done.map_err(|error| self.fault(&error))
    }
}

pub(super) fn write_meta(transaction: &Transaction<'_>, meta: &Meta) -> Result<(), rusqlite::Error> {
    let facts = [
        ("title", meta.title.clone()),
        ("seed", meta.seed.to_string()),
        ("course", meta.course.clone()),
        ("labs", meta.labs.join(" ")),
        ("shard", meta.shard.map(|shard| shard.to_string()).unwrap_or_default()),
        ("created", meta.created.to_string()),
    ];
    let mut statement = transaction.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?;
    facts.iter().try_for_each(|(key, value)| statement.execute([key, value.as_str()]).map(drop))
}

pub(super) fn write_student(transaction: &Transaction<'_>, student: &Student) -> Result<(), rusqlite::Error> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO students VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE SET name = ?2, email = ?3, section = ?4, on_roster = ?5, columns = ?6",
    )?;
    let Student { id, name, email, section, on_roster, columns } = student;
    statement.execute(params![id, name, email, section, on_roster, json(columns)?]).map(drop)
}

pub(super) fn write_entry(
    transaction: &Transaction<'_>,
    entry: &Entry,
    files: &BTreeMap<String, LabFile>,
) -> Result<(), rusqlite::Error> {
    delete_submission(transaction, &entry.student)?;
    let (state, reason) = match &entry.state {
        State::Waiting => ("waiting", ""),
        State::Graded => ("graded", ""),
        State::Refused(reason) => ("refused", reason.as_str()),
    };
    let mut statement = transaction.prepare_cached(
        "INSERT INTO submissions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    statement.execute(params![
        entry.student,
        entry.name,
        state,
        reason,
        entry.digest,
        entry.submitted_at.map(|at| at.to_string()),
        entry.sandbox,
        json(&entry.notes)?,
        json(&entry.flags)?,
        entry.is_final,
        entry.score(),
        entry.max_score(),
    ])?;
    for (lab, file) in files {
        write_file(transaction, &entry.student, lab, file)?;
    }
    write_labs(transaction, entry)
}

fn delete_submission(transaction: &Transaction<'_>, student: &str) -> Result<(), rusqlite::Error> {
    for table in ["timings", "labs", "files", "submissions"] {
        let mut statement = transaction.prepare_cached(&format!("DELETE FROM {table} WHERE student = ?1"))?;
        statement.execute([student])?;
    }
    Ok(())
}

/// The part of [`write_entry`] that a regrade may change.
fn write_grades(transaction: &Transaction<'_>, entry: &Entry) -> Result<(), rusqlite::Error> {
    for table in ["timings", "labs"] {
        let mut statement = transaction.prepare_cached(&format!("DELETE FROM {table} WHERE student = ?1"))?;
        statement.execute([&entry.student])?;
    }
    let mut statement = transaction.prepare_cached(
        "UPDATE submissions SET sandbox = ?2, flags = ?3, is_final = ?4, score = ?5, max_score = ?6
         WHERE student = ?1",
    )?;
    statement.execute(params![
        entry.student,
        entry.sandbox,
        json(&entry.flags)?,
        entry.is_final,
        entry.score(),
        entry.max_score(),
    ])?;
    write_labs(transaction, entry)
}

fn write_file(
    transaction: &Transaction<'_>,
    student: &str,
    lab: &str,
    file: &LabFile,
) -> Result<(), rusqlite::Error> {
    let (digest, rejected) = match file {
        LabFile::Rejected(reason) => (None, Some(reason)),
        LabFile::Source(bytes) => {
            let mut hasher = Hasher::new("source");
            hasher.bytes("bytes", bytes);
            let digest = hasher.finish();
            let mut statement =
                transaction.prepare_cached("INSERT OR IGNORE INTO sources VALUES (?1, ?2)")?;
            statement.execute(params![digest, bytes])?;
            (Some(digest), None)
        }
    };
    let mut statement = transaction.prepare_cached("INSERT INTO files VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![student, lab, digest, rejected]).map(drop)
}

fn write_labs(transaction: &Transaction<'_>, entry: &Entry) -> Result<(), rusqlite::Error> {
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut labs = transaction
        .prepare_cached("INSERT INTO labs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")?;
    let mut timings = transaction.prepare_cached("INSERT INTO timings VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (position, lab) in entry.labs.iter().enumerate() {
        let LabEntry { report, lateness, judged_by } = lab;
        labs.execute(params![
            entry.student,
            report.lab,
            position as i64,
            json(&report.verdict)?.trim_matches('"'),
            report.score,
            report.max_score,
            lateness.due.map(|due| due.to_string()),
            lateness.days,
            lateness.excused,
            lateness.percent,
            lab.final_score(),
            judged_by,
            json(&timeless(report))?,
        ])?;
        let cases: Vec<u64> = report.cases.iter().map(|case| case.duration_ms).collect();
        let compile_ms = i64::try_from(report.compile_ms).unwrap_or(i64::MAX);
        timings.execute(params![entry.student, report.lab, now, compile_ms, json(&cases)?])?;
    }
    Ok(())
}

/// The report without what differs between two runs.
fn timeless(report: &LabReport) -> LabReport {
    let mut report = report.clone();
    report.compile_ms = 0;
    report.cases.iter_mut().for_each(|case| case.duration_ms = 0);
    report
}

fn json(value: &impl serde::Serialize) -> Result<String, rusqlite::Error> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
