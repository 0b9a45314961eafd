//! The command line: what can be asked of the grader. Help lists only what exists.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
#[cfg(feature = "instructor")]
use grader::formats::System;
use grader::replay::TlbShape;
use grader::report;
use grader::workbench::Strangers;
use memory_traces::PAGE_BYTES_DEFAULT;
use testbench::replacement::PolicyName;

use crate::commands;

#[cfg(feature = "instructor")]
mod instructor;
mod numbers;
#[cfg(feature = "instructor")]
mod report_class;

#[cfg(feature = "instructor")]
pub use instructor::{ClassArguments, DumpArguments, MergeArguments, RegradeArguments};
#[cfg(feature = "instructor")]
pub use report_class::{CsvTable, HandoutArguments, ReportArguments};

/// Grades virtual-memory labs: builds a submission, runs it in processes of its own, compares what it did with what was
/// asked.
///
/// Without a command it grades: the working tree's own labs, or the submission that is named. Where nothing is begun it
/// says how to start.
#[derive(Debug, Parser)]
#[command(
    name = "grader",
    version,
    override_usage = "grader [OPTIONS] [SUBMISSION]\n       grader [--course <DIR>] <COMMAND>",
    after_help = "Examples:\n  grader                     grade this working tree\n  grader --lab page_table    one lab only\n  \
                  grader handed-in.zip       a submission\n\nExit code: 0 everything passed, 1 not everything, 2 the \
                  grader or its input is at fault"
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to grade, without a command.
    #[command(flatten)]
    pub grade: GradeArguments,
    /// The course's folder (with fixtures/course.yaml), when the current folder is not inside it
    #[arg(long, global = true, value_name = "DIR")]
    pub course: Option<PathBuf>,
}

impl Arguments {
    /// Names of the commands.
    pub fn command_names() -> Vec<String> {
        Self::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Grade a submission (the default command)
    #[command(
        after_help = "Examples:\n  grader grade\n  grader grade --lab page_table --format json\n  grader grade \
                            'page_table (1).rs' --output result.json --format json"
    )]
    Grade(GradeArguments),
    /// Judge a lab again at every save, and show what to do next
    #[command(
        after_help = "Examples:\n  grader watch                 the first lab with something to do\n  grader watch \
                            tlb             begin with this lab\n  grader watch --plain         lines instead of a \
                            full screen\n\nA save of any lab brings that lab to the screen; the keys stand at its foot."
    )]
    Watch(WatchArguments),
    /// List labs, criteria, points, scenarios, and what has passed so far
    #[command(after_help = "Example:\n  grader list page_table")]
    List(ListArguments),
    /// Tell the next hint, from a question to nearly the way there
    #[command(
        after_help = "Examples:\n  grader hint                  on what comes next\n  grader hint tlb 2            on \
                            step 2 of a lab\n  grader hint tlb flush        on a criterion, by part of its name"
    )]
    Hint(HintArguments),
    /// Play one scenario on your code and show the whole trace, line by line
    #[command(
        after_help = "Examples:\n  grader trace page_table two-pages-one-frame --reference\n  grader trace tlb \
                            my-own.yaml --format json\n  grader trace cow_fork child-writes --reference --format html \
                            --output trace.html\n\nLines with ~ are only shown, all others are compared (book: \
                            \"How to read a trace\")."
    )]
    Trace(TraceArguments),
    /// Make a lab's file the skeleton again; what was there is kept as a numbered backup
    #[command(after_help = "Example:\n  grader reset page_table")]
    Reset(ResetArguments),
    /// Check the course itself; tell every problem with its place
    #[command(after_help = "Examples:\n  grader lint\n  grader lint --accept page_table/two-pages-one-frame")]
    Lint(LintArguments),
    /// Write the skeletons in labs/src from the solutions, and the lists of tests
    #[command(
        after_help = "Examples:\n  grader skeleton --check\n  grader skeleton --solve-up-to 2 --output /tmp/solved"
    )]
    Skeleton(SkeletonArguments),
    /// Write down what the known mistakes look like from outside, for the grader's questions
    #[cfg(feature = "instructor")]
    #[command(
        after_help = "Examples:\n  grader mistakes\n  grader mistakes --lab tlb\n  grader mistakes --check\n\nEach known-wrong \
                            submission is judged; what fails of the tests and visible scenarios, and how, goes to \
                            fixtures/mistakes.yaml."
    )]
    Mistakes(MistakesArguments),
    /// Replay memory traces of real programs on a submission's policies and TLB; count the misses
    #[command(after_help = "Examples:\n  grader replay matmul-naive\n  grader replay sort --frames 8,16,32 \
                            --policies fifo,lru --plot sort.svg\n  grader replay my.trace --tlb 16x4 --submission \
                            handed-in.zip\n\nA trace is a file (vmt1, valgrind's lackey, Dinero din, oracleGeneral, one \
                            number a line;\nplain, gzip or zstd) or the name of a captured one in fixtures/traces.")]
    Replay(ReplayArguments),
    /// Grade a class: a folder or download of submissions, into a gradebook
    #[cfg(feature = "instructor")]
    #[command(
        after_help = "Examples:\n  grader class handed-in --roster roster.csv\n  grader class submissions.zip \
                            --lab tlb --gradebook tlb.gradebook\n  grader class handed-in --shard 1/8 --seed 7 --gradebook \
                            part-1.gradebook\n\nEnded at any moment, it goes on when the same command is given again. Exit \
                            code: 0 every submission is graded, 1 some could not be, 2 nothing could go on"
    )]
    Class(ClassArguments),
    /// Grade a gradebook again after tests, points or deadlines changed: show what changes, and apply it if asked to
    #[cfg(feature = "instructor")]
    #[command(
        after_help = "Examples:\n  grader regrade class.gradebook\n  grader regrade class.gradebook --apply"
    )]
    Regrade(RegradeArguments),
    /// Make one gradebook of the gradebooks of all shards
    #[cfg(feature = "instructor")]
    #[command(after_help = "Example:\n  grader merge class.gradebook part-1.gradebook part-2.gradebook")]
    Merge(MergeArguments),
    /// Print a gradebook as text, without what differs between two runs
    #[cfg(feature = "instructor")]
    #[command(after_help = "Example:\n  grader dump class.gradebook")]
    Dump(DumpArguments),
    /// Write what students receive, a workspace that builds and grades, without solutions; or an autograder for Gradescope
    #[cfg(feature = "instructor")]
    #[command(
        after_help = "Examples:\n  grader handout ../labs-2026\n  grader handout ../labs-2026 --update\n  grader handout --gradescope autograder.zip --lab tlb"
    )]
    Handout(HandoutArguments),
    /// Report on a gradebook: pages to look at, a table for a learning-management system, a text for every student
    #[cfg(feature = "instructor")]
    #[command(
        after_help = "Examples:\n  grader report class.gradebook --html report\n  grader report class.gradebook --csv \
                            canvas --column 'Labs (1234)' --output canvas.csv\n  grader report class.gradebook --feedback \
                            feedback --lab tlb"
    )]
    Report(ReportArguments),
    /// Try what the grader needs of this machine; tell what brings the missing
    #[command(after_help = "Example:\n  grader doctor")]
    Doctor,
    /// Print what a shell needs to complete this program's arguments
    #[command(
        after_help = "Example:\n  grader completions bash > ~/.local/share/bash-completion/completions/grader"
    )]
    Completions(CompletionsArguments),
    /// Print the man page, or write those of all commands to a folder
    #[command(after_help = "Examples:\n  grader man | man -l -\n  grader man ~/.local/share/man/man1")]
    Man(ManArguments),
}

/// What to grade and how to tell.
#[derive(Debug, Default, Clone, PartialEq, Eq, Args)]
pub struct GradeArguments {
    /// A folder, a .rs file, a .zip or a .tar(.gz); without it, this working tree
    #[arg(value_name = "SUBMISSION")]
    pub submission: Option<PathBuf>,
    /// Only this lab; may be repeated. Gives a file of any name its lab
    #[arg(long, value_name = "LAB", value_delimiter = ',')]
    pub lab: Vec<String>,
    /// Seed of the generated scenarios; without it, the one drawn once for this tree
    #[arg(long, value_name = "N", value_parser = numbers::seed)]
    pub seed: Option<u64>,
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Gradescope's submission_metadata.json: what being late costs is taken off; needs --format gradescope
    #[cfg(feature = "instructor")]
    #[arg(long, value_name = "FILE")]
    pub metadata: Option<PathBuf>,
    #[command(flatten)]
    pub strangers: StrangerArguments,
    /// Write the report to a file instead of the terminal
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Where a stranger's code may run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Args)]
pub struct StrangerArguments {
    /// Run a submission even where the sandbox does not keep it from your files
    #[arg(long)]
    allow_weak_sandbox: bool,
}

impl StrangerArguments {
    /// What the user said.
    pub fn where_to(self) -> Strangers {
        if self.allow_weak_sandbox { Strangers::Anywhere } else { Strangers::Walled }
    }
}

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person
    Table,
    /// For other tools
    Json,
    /// For a step summary
    Markdown,
    /// For Gradescope: results.json
    #[cfg(feature = "instructor")]
    Gradescope,
    /// For PrairieLearn: results.json
    #[cfg(feature = "instructor")]
    Prairielearn,
    /// For Autolab: the last lines of the standard output
    #[cfg(feature = "instructor")]
    Autolab,
    /// For GitHub Classroom: the step output `result`
    #[cfg(feature = "instructor")]
    Classroom,
    /// For CI systems: JUnit's XML
    #[cfg(feature = "instructor")]
    Junit,
    /// For CI systems: Common Test Report Format
    #[cfg(feature = "instructor")]
    Ctrf,
}

/// What to list.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Only these labs
    #[arg(value_name = "LAB")]
    pub labs: Vec<String>,
}

/// What to watch, and where to show it.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// The lab to begin with; without it, the first one with something to do
    #[arg(value_name = "LAB")]
    pub lab: Option<String>,
    /// Print lines, also on a terminal
    #[arg(long)]
    pub plain: bool,
}

/// What to tell a hint on.
#[derive(Debug, Args)]
pub struct HintArguments {
    /// The lab; without it, the first one with something to do
    #[arg(value_name = "LAB")]
    pub lab: Option<String>,
    /// The criterion: part of its name, or its step; without it, the first that has not passed yet
    #[arg(value_name = "CRITERION")]
    pub criterion: Option<String>,
    /// Repeat the hints that were told before, and no new one
    #[arg(long)]
    pub again: bool,
}

/// What to play on what.
#[derive(Debug, Args)]
pub struct TraceArguments {
    /// The lab
    #[arg(value_name = "LAB")]
    pub lab: String,
    /// A scenario of the lab by its name, or any YAML file; LAB/SCENARIO in one word is understood too
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,
    /// Show what is expected beside it
    #[arg(long)]
    pub reference: bool,
    /// Whose code: a folder, a .rs file or an archive; without it, this working tree
    #[arg(long, value_name = "PATH")]
    pub submission: Option<PathBuf>,
    #[command(flatten)]
    pub strangers: StrangerArguments,
    /// Form of the trace
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = TraceFormat::Text)]
    pub format: TraceFormat,
    /// Write the trace to a file instead of the terminal
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl TraceArguments {
    /// The lab and the scenario, if both are named.
    pub fn lab_and_scenario(&self) -> Option<(&str, &str)> {
        match &self.scenario {
            Some(scenario) => Some((&self.lab, scenario)),
            None => self.lab.split_once('/'),
        }
    }
}

/// Forms of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TraceFormat {
    /// For a person: one fact a line
    Text,
    /// For other tools: one `vmtrace/1` document
    Json,
    /// A page of its own: the run as a picture that plays, and its lines
    Html,
}

/// What to make new.
#[derive(Debug, Args)]
pub struct ResetArguments {
    /// The lab
    #[arg(value_name = "LAB")]
    pub lab: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// What to lint.
#[derive(Debug, Args)]
pub struct LintArguments {
    /// Play this scenario (LAB/NAME) on the reference and record what it does as its key
    #[arg(long, value_name = "NAME")]
    pub accept: Option<String>,
}

/// What to make of the solutions.
#[derive(Debug, Args)]
pub struct SkeletonArguments {
    /// Write nothing; fail where a file is not what would be written
    #[arg(long, conflicts_with_all = ["solve_up_to", "output"])]
    pub check: bool,
    /// Keep the solution of the steps up to K; needs --output
    #[arg(long, value_name = "K", requires = "output", value_parser = numbers::step)]
    pub solve_up_to: Option<u32>,
    /// The folder to write to, with --solve-up-to
    #[arg(long, value_name = "DIR", requires = "solve_up_to")]
    pub output: Option<PathBuf>,
    /// Only this lab; may be repeated
    #[arg(long, value_name = "LAB", value_delimiter = ',')]
    pub lab: Vec<String>,
}

/// Which known mistakes to write down.
#[cfg(feature = "instructor")]
#[derive(Debug, Args)]
pub struct MistakesArguments {
    /// Write nothing; fail where the file is not what would be written
    #[arg(long)]
    pub check: bool,
    /// Only this lab; may be repeated
    #[arg(long, value_name = "LAB", value_delimiter = ',')]
    pub lab: Vec<String>,
}

/// What to replay on what.
#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// Files, or names of captured traces
    #[arg(value_name = "TRACE", required = true)]
    pub traces: Vec<PathBuf>,
    /// Numbers of frames; without them, powers of two up to the trace's pages
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = numbers::frames)]
    pub frames: Vec<u32>,
    /// Policies; without them, all: fifo, lru, clock, enhanced-clock, opt
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = commands::replay::policy)]
    pub policies: Vec<PolicyName>,
    /// Replay on the lab's TLB too: sets and ways, as 16x4
    #[arg(long, value_name = "SETSxWAYS", value_delimiter = ',')]
    pub tlb: Vec<TlbShape>,
    /// Whose code: a folder, a .rs file or an archive; without it, this working tree
    #[arg(long, value_name = "PATH")]
    pub submission: Option<PathBuf>,
    #[command(flatten)]
    pub strangers: StrangerArguments,
    /// Size of a page in bytes, for formats that hold addresses
    #[arg(long, value_name = "BYTES", default_value_t = PAGE_BYTES_DEFAULT, value_parser = numbers::page_bytes)]
    pub page_size: u64,
    /// Numbers in a file of one number a line are addresses, not pages
    #[arg(long)]
    pub addresses: bool,
    /// Form of the counts
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ReplayFormat::Table)]
    pub format: ReplayFormat,
    /// Write the counts to a file instead of the terminal
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write the curves as an SVG picture too
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
}

/// Forms of counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReplayFormat {
    /// For a person: a table and a curve
    Table,
    /// For other tools
    Json,
}

/// Which shell completes.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Where man pages go.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// Write a page for each command to this folder
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

impl From<Format> for report::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Markdown => Self::Markdown,
            #[cfg(feature = "instructor")]
            Format::Gradescope => Self::Other(System::Gradescope),
            #[cfg(feature = "instructor")]
            Format::Prairielearn => Self::Other(System::PrairieLearn),
            #[cfg(feature = "instructor")]
            Format::Autolab => Self::Other(System::Autolab),
            #[cfg(feature = "instructor")]
            Format::Classroom => Self::Other(System::Classroom),
            #[cfg(feature = "instructor")]
            Format::Junit => Self::Other(System::JUnit),
            #[cfg(feature = "instructor")]
            Format::Ctrf => Self::Other(System::Ctrf),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_file_after_a_lab_is_the_submission() {
        let arguments = Arguments::parse_from(["grader", "--lab", "tlb", "my.rs"]);
        assert_eq!(arguments.grade.lab, ["tlb"]);
        assert_eq!(arguments.grade.submission, Some(PathBuf::from("my.rs")));
    }
}
