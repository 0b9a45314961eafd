//! `grader report`: a gradebook in; pages, a table, texts for students out.

use grader::class_report::csv::{self, Table};
use grader::class_report::{Source, feedback, html};
use grader::gradebook::Gradebook;
use grader::layout::Layout;
use grader::report::words::counted;
use miette::Result;

use super::{Ending, print};
use crate::cli::{CsvTable, ReportArguments};

pub fn run(layout: &Layout, arguments: &ReportArguments) -> Result<Ending> {
    check_column(arguments)?;
    let course = super::course(layout)?;
    course.choose(&arguments.lab)?;
    let gradebook = Gradebook::open(&arguments.gradebook)?;
    let source = Source::new(&gradebook, &course, &arguments.lab)?;
    if let Some(folder) = &arguments.html {
        let pages = html::write_all(&source, layout, folder)?;
        eprintln!("{}: the class, and {}", folder.join("index.html").display(), html::pages(pages));
    }
    if let Some(folder) = &arguments.feedback {
        let files = feedback::write_all(&source, folder)?;
        eprintln!("{}: {} for students", folder.display(), counted(files, "file"));
    }
    if let Some(table) = arguments.csv {
        let table = match table {
            CsvTable::Canvas => Table::Canvas,
            CsvTable::Moodle => Table::Moodle,
            CsvTable::Cases => Table::Cases,
        };
        if table == Table::Canvas
            && let Some(doubt) = csv::doubt(&source, arguments.column.as_deref())?
        {
            eprintln!("warning: {doubt}");
        }
        let text = csv::render(&source, table, arguments.column.as_deref())?;
        match &arguments.output {
            None => print::out(&text)?,
            Some(path) => print::to_file(path, &text)?,
        }
    }
    Ok(Ending::Passed)
}

/// A name that only one table has a place for.
fn check_column(arguments: &ReportArguments) -> Result<()> {
    let table = match arguments.csv {
        Some(CsvTable::Moodle) => "moodle",
        Some(CsvTable::Cases) => "cases",
        Some(CsvTable::Canvas) | None => return Ok(()),
    };
    if arguments.column.is_none() {
        return Ok(());
    }
    Err(miette::miette!(
        help = "leave it out: Moodle tells an assignment by where its worksheet is uploaded",
        "--column names an assignment of Canvas, and --csv {table} has no place for it"
    ))
}
