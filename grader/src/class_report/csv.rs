//! Tables for learning-management systems and spreadsheets.
//!
//! No cell begins with a character that makes a spreadsheet compute (`=`, `+`, `-`, `@`, a tab): an apostrophe stands
//! before it. Names and ids come from outside.

use ::csv::Writer;

use crate::gradebook::{Entry, MOODLE_ID, Student};
use crate::report::words::{self, points};
use crate::text;

use super::{Line, ReportError, Source, canvas_export, late, said, told};

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Canvas: "Import Grades" of the gradebook.
    Canvas,
    /// Moodle: "Upload grading worksheet" of an assignment.
    Moodle,
    /// Every judged item of every student, for own statistics.
    Cases,
}

/// The table; `column` is what Canvas calls the assignment (`Labs (1234)`), by default the course's title.
///
/// # Errors
/// When the gradebook cannot be read.
pub fn render(source: &Source<'_>, table: Table, column: Option<&str>) -> Result<String, ReportError> {
    match table {
        Table::Canvas => canvas(source, column.unwrap_or(&source.meta.title)),
        Table::Moodle => moodle(source),
        Table::Cases => cases(source),
    }
}

/// Why Canvas would not take the table as it is meant: `column` is none of the export that was given as roster. None where
/// that is no export of Canvas, or has the column.
///
/// # Errors
/// When the gradebook cannot be read.
pub fn doubt(source: &Source<'_>, column: Option<&str>) -> Result<Option<String>, ReportError> {
    let columns = canvas_export::columns(&source.gradebook.students()?);
    Ok(canvas_export::doubt(&columns, column.unwrap_or(&source.meta.title)))
}

/// Rows that are written one after the other.
struct Rows(Writer<Vec<u8>>);

impl Rows {
    fn new(header: &[&str]) -> Self {
        let mut rows = Self(Writer::from_writer(Vec::new()));
        rows.push(&header.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>());
        rows
    }

    fn push(&mut self, cells: &[String]) {
        // Writing to memory fails only for rows of different lengths, and all rows of a table are built alike.
        let _ = self.0.write_record(cells.iter().map(|text| cell(text)));
    }

    fn finish(self) -> String {
        let bytes = self.0.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

/// `text` as a cell that is text and nothing else.
fn cell(text: &str) -> String {
    let text = text::clean(text, 32_000);
    // A number may be negative; anything else behind such a character is a formula to a spreadsheet.
    let computes = text.starts_with(['=', '+', '-', '@', '\t']) && text.parse::<f64>().is_err();
    if computes { format!("'{text}") } else { text }
}

/// Points with two digits, as all of these systems read them.
fn number(points: f64) -> String {
    format!("{points:.2}")
}

const CANVAS: [&str; 5] = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"];

fn canvas(source: &Source<'_>, column: &str) -> Result<String, ReportError> {
    let header: Vec<&str> = CANVAS.into_iter().chain([column]).collect();
    let mut rows = Rows::new(&header);
    let mut possible = vec![String::new(); CANVAS.len()];
    possible[0] = "    Points Possible".to_owned();
    possible.push(number(source.max_score()));
    rows.push(&possible);
    source.for_each(|line, _| {
        let mut cells: Vec<String> = CANVAS.iter().map(|name| canvas_cell(&line, name)).collect();
        // Who is excused in Canvas stays so. Canvas leaves what it has where a cell is empty, so nobody loses a grade that
        // was given by hand.
        let excused = line.student.columns.get(column).is_some_and(|grade| grade.trim() == "EX");
        cells.push(if excused { "EX".to_owned() } else { line.score.map_or_else(String::new, number) });
        rows.push(&cells);
        Ok(())
    })?;
    Ok(rows.finish())
}

/// What Canvas exported for the student, or what is known instead.
fn canvas_cell(line: &Line, name: &str) -> String {
    let student = &line.student;
    let number = canvas_export::number(student);
    match (student.columns.get(name), name) {
        (_, "ID") => number.unwrap_or_default(),
        (Some(exported), _) => exported.clone(),
        (None, "Student") => student.name.clone(),
        // The id of somebody whom Canvas's download alone tells of is made of its number.
        (None, "SIS User ID") if number.is_some() && !student.on_roster => String::new(),
        (None, "SIS User ID") => student.id.clone(),
        (None, "Section") => student.section.clone(),
        (None, _) => String::new(),
    }
}

const MOODLE: [&str; 10] = [
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
];

fn moodle(source: &Source<'_>) -> Result<String, ReportError> {
    let mut rows = Rows::new(&MOODLE);
    let whole = source.max_score();
    source.for_each(|line, entry| {
        let columns = &line.student.columns;
        // Moodle's own maximum decides what a grade means there.
        let maximum = columns.get("Maximum Grade").and_then(|text| decimal(text)).unwrap_or(whole);
        let scaled = |score: f64| if whole > 0.0 { score / whole * maximum } else { 0.0 };
        let cell = |name: &&str| match (*name, columns.get(*name)) {
            ("Grade", _) => line.score.map_or_else(String::new, |score| number(scaled(score))),
            ("Maximum Grade", _) => number(maximum),
            ("Feedback comments", _) => comment(&line, entry.as_ref()),
            (_, Some(exported)) => exported.clone(),
            ("Identifier", None) => participant(&line.student),
            ("Full name", None) => line.student.name.clone(),
            ("Email address", None) => line.student.email.clone(),
            ("Grade can be changed", None) => "Yes".to_owned(),
            _ => String::new(),
        };
        rows.push(&MOODLE.iter().map(cell).collect::<Vec<_>>());
        Ok(())
    })?;
    Ok(rows.finish())
}

/// As Moodle writes its number of a student; the id where nothing says the number.
fn participant(student: &Student) -> String {
    const PREFIX: &str = "Participant ";
    let number = said(student, MOODLE_ID).map(|number| number.trim_start_matches(PREFIX));
    number.map_or_else(|| student.id.clone(), |number| format!("{PREFIX}{number}"))
}

/// `100`, `100.00`, or `100,00` as some languages have it.
fn decimal(text: &str) -> Option<f64> {
    let number: f64 = text.trim().replace(',', ".").parse().ok()?;
    (number.is_finite() && number > 0.0).then_some(number)
}

/// The labs in a line each.
fn comment(line: &Line, entry: Option<&Entry>) -> String {
    let Some(entry) = entry.filter(|_| line.score.is_some()) else {
        return told::state(line.state.as_ref());
    };
    let lab = |lab: &crate::gradebook::LabEntry| {
        let report = &lab.report;
        let late = late::of_lab(lab).map_or_else(String::new, |late| format!(", {late}"));
        format!(
            "{}: {} of {} ({}{late})",
            report.lab,
            points(lab.final_score()),
            points(report.max_score),
            words::lab_verdict(report.verdict)
        )
    };
    entry.labs.iter().map(lab).collect::<Vec<_>>().join("; ")
}

fn cases(source: &Source<'_>) -> Result<String, ReportError> {
    let header =
        ["student", "lab", "lab_verdict", "criterion", "item", "kind", "verdict", "duration_ms", "message"];
    let mut rows = Rows::new(&header);
    source.for_each(|line, entry| {
        for lab in entry.iter().flat_map(|entry| &entry.labs) {
            if lab.report.cases.is_empty() {
                // Nothing was judged; who counts items must not lose the student.
                let mut row = vec![String::new(); header.len()];
                row[..3].clone_from_slice(&[
                    line.student.id.clone(),
                    lab.report.lab.clone(),
                    words::machine(&lab.report.verdict),
                ]);
                rows.push(&row);
            }
            for case in &lab.report.cases {
                rows.push(&[
                    line.student.id.clone(),
                    lab.report.lab.clone(),
                    words::machine(&lab.report.verdict),
                    case.criterion.clone(),
                    case.name.clone(),
                    words::machine(&case.kind),
                    words::machine(&case.verdict),
                    case.duration_ms.to_string(),
                    case.message.clone(),
                ]);
            }
        }
        Ok(())
    })?;
    Ok(rows.finish())
}
