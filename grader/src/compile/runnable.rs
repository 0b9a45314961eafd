//! A program of a lab and what it is started with: [`Runnable`].

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::process::Job;
use crate::sandbox::{ProcessLimits, Walls};

/// A program that runs a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runnable {
    /// The program's file.
    pub program: PathBuf,
    /// The shared libraries that it is started with: the submission's, and the standard library that both use.
    pub libraries: Vec<PathBuf>,
}

impl Runnable {
    /// A program that holds all that it needs.
    #[must_use]
    pub fn alone(program: PathBuf) -> Self {
        Self { program, libraries: Vec::new() }
    }

    /// How it is run in the folder `folder`: it reads `input`, and reaches itself and its libraries, nothing more.
    #[must_use]
    pub fn job<'a>(
        &'a self,
        arguments: &[&str],
        folder: &'a Path,
        input: &'a [u8],
        limits: ProcessLimits,
    ) -> Job<'a> {
        let mut walls = Walls::of_submission(self.program.clone());
        walls.readable.extend_from_slice(&self.libraries);
        Job {
            program: &self.program,
            arguments: arguments.iter().map(Into::into).collect(),
            environment: self.environment(),
            folder,
            input,
            limits,
            walls,
        }
    }

    /// Nothing of the user's; snapshots are never accepted.
    #[must_use]
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut environment =
            vec![("INSTA_UPDATE".into(), "no".into()), ("RUST_BACKTRACE".into(), "0".into())];
        if !self.libraries.is_empty() {
            let folders = self.libraries.iter().filter_map(|library| library.parent());
            // It fails for a path with `:` in it, which the loader could not find either.
            let folders = env::join_paths(folders).unwrap_or_default();
            environment.push(("LD_LIBRARY_PATH".into(), folders));
        }
        environment
    }
}
