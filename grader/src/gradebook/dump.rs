//! A gradebook as text: everything that two runs over the same class must agree on, in an order that never changes.
//!
//! Times of grading, durations, and which build of the grader judged are left out; what is left can be compared with `diff`.

use std::fmt::Write as _;

use super::rows::{Entry, LabEntry, State, Student};
use super::{Gradebook, GradebookError};
use crate::verdict::CaseResult;

impl Gradebook {
    /// Hands the gradebook to `write`, a piece of text for each student.
    ///
    /// # Errors
    /// When it cannot be read, or `write` fails.
    pub fn dump<E: From<GradebookError>>(
        &self,
        mut write: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let meta = self.meta()?;
        let shard = meta.shard.map_or_else(|| "all".to_owned(), |shard| shard.to_string());
        let labs = meta.labs.join(" ");
        write(&format!(
            "gradebook {:?}\nseed {}\ncourse {}\nlabs {labs}\nshard {shard}\n",
            meta.title, meta.seed, meta.course
        ))?;
        self.for_each(|student, entry| {
            let files = self.file_digests(&student.id)?;
            let mut text = String::new();
            // Writing to a string cannot fail.
            let _ = describe(&mut text, &student, entry.as_ref(), &files);
            write(&text)
        })
    }

    fn file_digests(&self, student: &str) -> Result<Vec<(String, String)>, GradebookError> {
        let columns = "SELECT lab, coalesce(digest, 'rejected: ' || rejected) FROM files
             WHERE student = ?1 ORDER BY lab";
        self.collect(columns, [student], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

fn describe(
    text: &mut String,
    student: &Student,
    entry: Option<&Entry>,
    files: &[(String, String)],
) -> std::fmt::Result {
    let Student { id, name, email, section, on_roster, columns } = student;
    let roster = if *on_roster { "on the roster" } else { "not on the roster" };
    writeln!(text, "\nstudent {id:?} {name:?} {email:?} section {section:?}, {roster}")?;
    for (header, value) in columns {
        writeln!(text, "  column {header:?}: {value:?}")?;
    }
    let Some(entry) = entry else {
        return writeln!(text, "  nothing handed in");
    };
    let state = match &entry.state {
        State::Waiting => "waiting".to_owned(),
        State::Graded => "graded".to_owned(),
        State::Refused(reason) => format!("refused: {reason:?}"),
    };
    let at = entry.submitted_at.map_or_else(|| "an unknown time".to_owned(), |at| at.to_string());
    writeln!(text, "  submission {:?} of {at}, {state}", entry.name)?;
    writeln!(text, "  digest {}", entry.digest)?;
    for (lab, digest) in files {
        writeln!(text, "  file {lab}: {digest}")?;
    }
    for note in &entry.notes {
        writeln!(text, "  note {note:?}")?;
    }
    for flag in &entry.flags {
        writeln!(text, "  flag {flag:?}")?;
    }
    writeln!(text, "  score {} of {}", entry.score(), entry.max_score())?;
    entry.labs.iter().try_for_each(|lab| describe_lab(text, lab))
}

fn describe_lab(text: &mut String, lab: &LabEntry) -> std::fmt::Result {
    let LabEntry { report, lateness, .. } = lab;
    let (name, verdict) = (&report.lab, report.verdict);
    write!(text, "  lab {name} {verdict:?} {} of {}", report.score, report.max_score)?;
    if let Some(due) = lateness.due {
        let (days, excused, percent) = (lateness.days, lateness.excused, lateness.percent);
        write!(text, ", due {due}, {days} days late, {excused} excused, {percent} % off")?;
    }
    writeln!(text, ", counts {}", lab.final_score())?;
    if !report.diagnostics.is_empty() {
        writeln!(text, "    diagnostics {:?}", report.diagnostics)?;
    }
    for diagnosis in &report.diagnosis {
        writeln!(text, "    {diagnosis:?}")?;
    }
    for criterion in &report.criteria {
        writeln!(text, "    criterion {:?} {} of {}", criterion.name, criterion.score, criterion.max_score)?;
    }
    for CaseResult { name, kind, criterion, verdict, message, difference, .. } in &report.cases {
        write!(text, "    {kind:?} {name:?} for {criterion:?} {verdict:?} {message:?}")?;
        match difference {
            Some(difference) => writeln!(text, " {difference:?}")?,
            None => writeln!(text)?,
        }
    }
    Ok(())
}
