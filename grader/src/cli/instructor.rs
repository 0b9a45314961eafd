//! The arguments of commands that only instructors need.

use std::path::PathBuf;

use clap::Args;
use grader::gradebook::Shard;

use super::StrangerArguments;

/// Which class to grade, and how.
#[derive(Debug, Args)]
pub struct ClassArguments {
    /// A folder of submissions, or what Canvas, Moodle or Gradescope let you download (also as one .zip)
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Where the grades go; made if it is not there
    #[arg(long, value_name = "FILE", default_value = "class.gradebook")]
    pub gradebook: PathBuf,
    /// Who belongs to the class: a CSV file with id, name, email, section, or an export of Canvas or Moodle
    #[arg(long, value_name = "CSV")]
    pub roster: Option<PathBuf>,
    /// When submissions were handed in, where the download does not say so: a CSV file with student, submitted_at
    #[arg(long, value_name = "CSV")]
    pub submitted: Option<PathBuf>,
    /// Only this lab; may be repeated
    #[arg(long, value_name = "LAB", value_delimiter = ',')]
    pub lab: Vec<String>,
    /// How many submissions are graded at once; without it, as many as there are cores
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<usize>,
    /// Only this part of the class, as 1/8; give all shards of a class the same --seed
    #[arg(long, value_name = "I/N", requires = "seed")]
    pub shard: Option<Shard>,
    /// Seed of the generated scenarios; without it, the gradebook's; one is drawn for a new gradebook
    #[arg(long, value_name = "N", value_parser = super::numbers::seed)]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub strangers: StrangerArguments,
}

/// What to grade again.
#[derive(Debug, Args)]
pub struct RegradeArguments {
    /// The gradebook
    #[arg(value_name = "GRADEBOOK")]
    pub gradebook: PathBuf,
    /// Write the new grades
    #[arg(long)]
    pub apply: bool,
    /// How many submissions are graded at once; without it, as many as there are cores
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<usize>,
    #[command(flatten)]
    pub strangers: StrangerArguments,
}

/// What to merge.
#[derive(Debug, Args)]
pub struct MergeArguments {
    /// The gradebook to write; it must not exist
    #[arg(value_name = "OUTPUT")]
    pub output: PathBuf,
    /// The gradebooks of all shards
    #[arg(value_name = "GRADEBOOK", required = true)]
    pub parts: Vec<PathBuf>,
}

/// What to print.
#[derive(Debug, Args)]
pub struct DumpArguments {
    /// The gradebook
    #[arg(value_name = "GRADEBOOK")]
    pub gradebook: PathBuf,
}

/// At least one, and no more than a machine has use for.
fn jobs(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1024).contains(number));
    number.ok_or_else(|| "write a number from 1 to 1024".to_owned())
}
