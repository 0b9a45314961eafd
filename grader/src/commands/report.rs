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
        let text = csv::render(&source, table, arguments.column.as_deref())?;
        match &arguments.output {
            None => print::out(&text)?,
            Some(path) => print::to_file(path, &text)?,
        }
    }
    Ok(Ending::Passed)
}
