//! The arguments of `grader report` and `grader handout`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What to make of a gradebook.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["html", "csv", "feedback"]))]
pub struct ReportArguments {
    /// The gradebook
    #[arg(value_name = "GRADEBOOK")]
    pub gradebook: PathBuf,
    /// Only these labs; may be repeated
    #[arg(long, value_name = "LAB", value_delimiter = ',')]
    pub lab: Vec<String>,
    /// Write pages for you to this folder; index.html is the class
    #[arg(long, value_name = "DIR")]
    pub html: Option<PathBuf>,
    /// Print a table
    #[arg(long, value_enum, value_name = "TABLE")]
    pub csv: Option<CsvTable>,
    /// What Canvas calls the assignment, with its number: 'Labs (1234)'; for --csv canvas
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub column: Option<String>,
    /// Write the table to a file instead of the terminal
    #[arg(long, value_name = "FILE", requires = "csv")]
    pub output: Option<PathBuf>,
    /// Write a Markdown file for every student to this folder
    #[arg(long, value_name = "DIR")]
    pub feedback: Option<PathBuf>,
}

/// Tables of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CsvTable {
    /// To import in Canvas: one line a student
    Canvas,
    /// To upload in Moodle: a grading worksheet
    Moodle,
    /// For own statistics: one line for each judged item of each student
    Cases,
}

/// Where the hand-out goes.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("where").required(true).args(["folder", "gradescope"]))]
pub struct HandoutArguments {
    /// The folder to write; it must not exist, unless it is to be updated
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Bring the hand-out in DIR to the course as it is now; work in labs/src and progress stay
    #[arg(long, requires = "folder")]
    pub update: bool,
    /// Write an autograder for Gradescope to this file; it holds solutions and hidden scenarios and is not for students
    #[arg(long, value_name = "FILE.zip")]
    pub gradescope: Option<PathBuf>,
    /// Labs of that autograder's assignment; without it, all
    #[arg(long, value_name = "LAB", value_delimiter = ',', requires = "gradescope")]
    pub lab: Vec<String>,
    /// Seed of that autograder's generated scenarios; without it, the one drawn once for this tree
    #[arg(long, value_name = "N", requires = "gradescope", value_parser = super::numbers::seed)]
    pub seed: Option<u64>,
}
