//! The commands: each reads its arguments, asks the library, prints, and says how it ended.

use std::path::Path;
use std::process::ExitCode;

use grader::course::Course;
use grader::layout::Layout;
use miette::Result;

use crate::cli::{Arguments, Command, GradeArguments};

mod ask;
#[cfg(feature = "instructor")]
mod class;
mod doctor;
#[cfg(feature = "instructor")]
mod dump;
mod grade;
#[cfg(feature = "instructor")]
mod handout;
mod hint;
mod lint;
mod list;
#[cfg(feature = "instructor")]
mod merge;
#[cfg(feature = "instructor")]
mod mistakes;
mod print;
#[cfg(feature = "instructor")]
mod regrade;
pub mod replay;
#[cfg(feature = "instructor")]
mod report;
mod reset;
mod shell;
mod skeleton;
mod trace;
mod watch;
mod welcome;

/// How a command ended when the grader and its input were not at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything passed.
    Passed,
    /// Not everything did.
    NotEverything,
    /// The machine lacks something.
    AtFault,
}

impl Ending {
    /// The exit code: 0 everything passed, 1 not everything, 2 the grader, its input or the machine is at fault.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Passed => 0,
            Self::NotEverything => 1,
            Self::AtFault => 2,
        })
    }

    fn passed_if(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::NotEverything }
    }
}

/// Does what `arguments` ask for.
///
/// # Errors
/// When the grader or its input is at fault.
pub fn run(arguments: Arguments) -> Result<Ending> {
    let Arguments { command, grade, course } = arguments;
    // What needs no course.
    match &command {
        Some(Command::Completions(completions)) => return shell::completions(completions),
        Some(Command::Man(man)) => return shell::man(man),
        #[cfg(feature = "instructor")]
        Some(Command::Merge(merge)) => return merge::run(merge),
        #[cfg(feature = "instructor")]
        Some(Command::Dump(dump)) => return dump::run(dump),
        _ => {}
    }
    let layout = layout(course.as_deref())?;
    let Some(command) = command else {
        return unasked(&layout, &grade);
    };
    if grade != GradeArguments::default() {
        return Err(miette::miette!(
            help = "options come after the command: grader grade --lab page_table",
            "these options belong to `grade` and stand before another command"
        ));
    }
    match command {
        Command::Grade(grade) => grade::run(&layout, &grade),
        Command::Watch(watch) => watch::run(&layout, &watch),
        Command::List(list) => list::run(&layout, &list),
        Command::Hint(hint) => hint::run(&layout, &hint),
        Command::Trace(trace) => trace::run(&layout, &trace),
        Command::Reset(reset) => reset::run(&layout, &reset),
        Command::Lint(lint) => lint::run(&layout, &lint),
        Command::Skeleton(skeleton) => skeleton::run(&layout, &skeleton),
        #[cfg(feature = "instructor")]
        Command::Mistakes(mistakes) => mistakes::run(&layout, &mistakes),
        Command::Replay(replay) => replay::run(&layout, &replay),
        #[cfg(feature = "instructor")]
        Command::Class(class) => class::run(&layout, &class),
        #[cfg(feature = "instructor")]
        Command::Regrade(regrade) => regrade::run(&layout, &regrade),
        #[cfg(feature = "instructor")]
        Command::Merge(merge) => merge::run(&merge),
        #[cfg(feature = "instructor")]
        Command::Dump(dump) => dump::run(&dump),
        #[cfg(feature = "instructor")]
        Command::Handout(handout) => handout::run(&layout, &handout),
        #[cfg(feature = "instructor")]
        Command::Report(report) => report::run(&layout, &report),
        Command::Doctor => doctor::run(&layout),
        Command::Completions(completions) => shell::completions(&completions),
        Command::Man(man) => shell::man(&man),
    }
}

/// Without a command the working tree is graded, or its owner is told where to start.
fn unasked(layout: &Layout, arguments: &GradeArguments) -> Result<Ending> {
    if *arguments == GradeArguments::default() {
        let course = course(layout)?;
        if welcome::is_fitting(layout, &course) {
            return welcome::run(&course);
        }
    }
    grade::run(layout, arguments)
}

fn layout(course: Option<&Path>) -> Result<Layout> {
    Ok(match course {
        Some(folder) => Layout::at(folder)?,
        None => Layout::find(Path::new("."))?,
    })
}

fn course(layout: &Layout) -> Result<Course> {
    Ok(Course::load(&layout.course_yaml())?)
}

/// Refuses a gradebook that is to be written into a folder that does not exist: more likely misspelt than meant.
#[cfg(feature = "instructor")]
fn refuse_missing_folder(gradebook: &Path) -> Result<()> {
    let folder = gradebook.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    Err(miette::miette!(
        help = "make the folder first (mkdir -p), or name a file in one that there is; the gradebook itself is made new",
        "there is no folder {} for the gradebook {}",
        folder.display(),
        gradebook.display()
    ))
}

/// This very command, for whoever finds its lock.
#[cfg(feature = "instructor")]
fn own_command_line() -> String {
    std::env::args().collect::<Vec<_>>().join(" ")
}
