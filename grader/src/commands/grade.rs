//! `grader grade`: a submission in, a report out.

use std::path::Path;

use grader::colour::Look;
#[cfg(feature = "instructor")]
use grader::course::policy::Lateness;
use grader::course::{Course, closest};
#[cfg(feature = "instructor")]
use grader::formats;
use grader::grade::{self, GradeOptions};
use grader::journal::Journal;
use grader::layout::Layout;
use grader::report::{self, Context, Format, Origin};
use grader::verdict::{LabVerdict, Report};
use jiff::Timestamp;
use miette::{Result, miette};

use super::{Ending, print};
use crate::cli::{Arguments, GradeArguments};
use crate::terminal::Terminal;

pub fn run(layout: &Layout, arguments: &GradeArguments) -> Result<Ending> {
    let course = super::course(layout)?;
    course.choose(&arguments.lab)?;
    let submission = arguments.submission.as_deref();
    refuse_name_as_file(&course, submission)?;
    #[cfg(feature = "instructor")]
    let lateness = lateness(&course, arguments)?;
    let options = GradeOptions {
        labs: arguments.lab.clone(),
        seed: arguments.seed,
        strangers: arguments.strangers.where_to(),
    };
    let progress = Terminal::new();
    let report = grade::grade(layout, &course, submission, &options, &progress)?;
    progress.done();
    if submission.is_none() {
        remember(layout, &report);
    }

    let context = Context {
        course: &course,
        look: if arguments.output.is_some() { Look::PLAIN } else { Look::of_stdout() },
        origin: match submission {
            None => Origin::OwnTree,
            Some(_) => Origin::HandedIn,
        },
    };
    let format = arguments.format.map_or(Format::Table, Format::from);
    #[cfg(feature = "instructor")]
    let text = match lateness {
        Some(late) => formats::gradescope::render(&report, &course, &late),
        None => report::render(&report, format, &context),
    };
    #[cfg(not(feature = "instructor"))]
    let text = report::render(&report, format, &context);
    match &arguments.output {
        None => print::out(&text)?,
        Some(path) => print::to_file(path, &text)?,
    }
    let passed = report.labs.iter().all(|lab| lab.verdict == LabVerdict::Passed);
    Ok(Ending::passed_if(passed && !report.labs.is_empty()))
}

/// How late Gradescope says that the submission is, if it is asked. A wrong question is told before anything is judged.
#[cfg(feature = "instructor")]
fn lateness(course: &Course, arguments: &GradeArguments) -> Result<Option<Lateness>> {
    let Some(path) = &arguments.metadata else { return Ok(None) };
    if arguments.format != Some(crate::cli::Format::Gradescope) {
        return Err(miette!(
            help = "add --format gradescope; a class's deadlines stand in course.yaml",
            "--metadata is Gradescope's, and this report is not"
        ));
    }
    Ok(Some(formats::gradescope::lateness(path, course)?))
}

/// Notes what is green. A tree that cannot be written is no reason to keep a verdict back.
fn remember(layout: &Layout, report: &Report) {
    let noted = Journal::update(layout, |journal| journal.note(report, Timestamp::now()));
    if let Err(fault) = noted {
        eprintln!("note: your progress was not kept: {fault}");
    }
}

/// `grader tlb` means the lab, `grader lst` a command, and both name a file that is not there: say what to type.
fn refuse_name_as_file(course: &Course, submission: Option<&Path>) -> Result<()> {
    let name = submission.filter(|path| !path.exists()).and_then(Path::to_str);
    // What has a dot or a slash in it was meant as a path.
    let name = name.filter(|name| !name.contains(['.', '/', '\\']));
    let Some(name) = name else { return Ok(()) };
    let help = if course.lab(name).is_some() {
        format!("grade a lab of this working tree: grader --lab {name}")
    } else if let Some(command) = closest(name, &Arguments::command_names()) {
        format!("did you mean the command `grader {command}`?")
    } else {
        return Ok(());
    };
    Err(miette!(help = help, "there is no file or folder {name}"))
}
