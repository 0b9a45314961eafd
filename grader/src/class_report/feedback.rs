//! A text for every student, in Markdown: points, what being late cost, and what is wrong with what the student can see.
//!
//! It holds nothing of the hidden scenarios but how many pass: no name, no trace, no seed.

use std::path::{Path, PathBuf};

use crate::formats::told as safe;
use crate::gradebook::{Entry, LabEntry, State};
use crate::report::markdown::{cell, fenced, questions, rows};
use crate::report::words::points;
use crate::verdict::Kind;

use super::names::Names;
use super::{Line, ReportError, Source, late, told, write};

/// Most bytes of what is said of one criterion, or by the compiler.
const TEXT_BYTES: usize = 8 << 10;

/// Writes a file for every student who handed something in, `ID.md`, to `folder`; the number of files.
///
/// # Errors
/// When the gradebook cannot be read or a file cannot be written.
pub fn write_all(source: &Source<'_>, folder: &Path) -> Result<usize, ReportError> {
    let mut names = Names::default();
    let mut written = 0;
    source.for_each(|line, entry| {
        let path: PathBuf = folder.join(format!("{}.md", names.name(&line.student.id)));
        if let Some(entry) = entry {
            write(&path, &render(source, &line, &entry))?;
            written += 1;
        }
        Ok(())
    })?;
    Ok(written)
}

/// The text for one student.
#[must_use]
pub fn render(source: &Source<'_>, line: &Line, entry: &Entry) -> String {
    let student = &line.student;
    let who = if student.name.is_empty() { &student.id } else { &student.name };
    let mut text = format!("# {}\n\n{}\n\n", cell(&source.meta.title), cell(who));
    if entry.state != State::Graded {
        return text + &format!("{}: {}\n", cell(&entry.name), cell(&told::state(line.state.as_ref())));
    }
    text += &format!(
        "**{} of {} points** for {}{}{}.\n\n",
        points(entry.score()),
        points(entry.max_score()),
        cell(&entry.name),
        late::handed_in(source, entry).map_or_else(String::new, |at| format!(", handed in {at}")),
        late::due(source, entry).map_or_else(String::new, |due| format!(", due {}", cell(&due)))
    );
    if let Some(cost) = late::cost(source, entry) {
        text += &format!("{cost} The table shows the points before that.\n\n");
    }
    text += "| lab | criterion | result | points |\n|---|---|---|---:|\n";
    text += &rows(&entry.report(&source.meta));
    for lab in &entry.labs {
        text += &section(source, lab);
    }
    // What a person is asked to review, and what was noted about the roster, is not for the student.
    let not_read = entry.notes.iter().filter(|note| note.starts_with("not read:"));
    for flag in not_read.chain(entry.flags.iter().filter(|flag| !flag.starts_with("review:"))) {
        text += &format!("\n- {}\n", cell(flag));
    }
    text
}

/// What being late cost and what is wrong in one lab; nothing for a lab that is all right.
fn section(source: &Source<'_>, lab: &LabEntry) -> String {
    let report = &lab.report;
    let mut body = String::new();
    if let Some(late) = late::of_lab(lab) {
        let (left, reached) = (points(lab.final_score()), points(report.score));
        body += &format!("\n{late}. Of {reached} points reached {left} count.\n");
    }
    if !report.diagnostics.is_empty() {
        body += &format!("\n{}", fenced(&safe::diagnostics(report, TEXT_BYTES)));
    }
    for criterion in &report.criteria {
        let lost = safe::obstacle(report).is_none() && criterion.score < criterion.max_score;
        if lost {
            let kinds = [Kind::Case, Kind::Scenario, Kind::Hidden];
            let title = safe::title(source.course, &report.lab, criterion);
            let summary = safe::account(report, &criterion.name, &kinds, TEXT_BYTES);
            body += &format!("\n### {}\n\n{}", cell(&title), fenced(&summary));
            body += &format!("\nRead in the book: {}\n", cell(&criterion.chapter));
        }
    }
    body += &questions(report);
    if body.is_empty() { body } else { format!("\n## {}\n{body}", cell(&report.lab)) }
}
