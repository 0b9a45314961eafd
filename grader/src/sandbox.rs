//! Where a program is put before it may run: the one place that wraps a command.
//!
//! Tiers stand from weak to strong. What a run really has is tried out at its start ([`Sandbox::probe`]) and goes into the
//! report; a tier is never claimed that was not tried, and a wall that cannot be built later on ends the run.
//!
//! ```text
//!              own pids, no    files: only    system calls:   time, memory,   clock and
//!              network, no     those named    only those      file size,      kill of the
//!              other files     (landlock)     listed          open files      whole group
//!  full             x              x              x               x               x
//!  container                       x              x               x               x
//!  limits                                                         x               x
//!  clock                                                                          x
//! ```

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::Command;

use thiserror::Error;

mod trial;

pub use shim::{OUT_OF_CPU_TIME, ProcessLimits, Role, Tier, Walls};

/// The sandbox could not be set up.
#[derive(Debug, Error, miette::Diagnostic)]
pub enum SandboxError {
    /// A trial run failed.
    #[error("the sandbox `{tier}` does not work here: {problem}", tier = tier.name())]
    #[diagnostic(help("`grader doctor` tries every part of it"))]
    Unusable {
        /// The tier that was tried.
        tier: Tier,
        /// What went wrong.
        problem: String,
    },
    /// It is too weak for what was asked.
    #[error("this machine has only the sandbox `{tier}`, which does not keep a stranger's program from your files", tier = tier.name())]
    #[diagnostic(help(
        "grade on Linux 5.13 or newer, or in a throw-away machine; with --allow-weak-sandbox it runs all the same ({reasons})"
    ))]
    TooWeak {
        /// The strongest tier that works.
        tier: Tier,
        /// Why no stronger one does.
        reasons: String,
    },
}

/// Wraps commands.
#[derive(Debug, Clone)]
pub struct Sandbox {
    tier: Tier,
    shim: PathBuf,
    /// Stands before the shim's own complaints: no program that it becomes knows it.
    token: String,
    reasons: Vec<String>,
    linker_sees_itself: bool,
}

impl Sandbox {
    /// The strongest tier that works here, tried on a program that tries to get out; `shim` is what becomes the programs
    /// that are run ([`crate::harness::Harness::shim`]).
    ///
    /// # Errors
    /// When not even the weakest tier works.
    pub fn probe(shim: PathBuf) -> Result<Self, SandboxError> {
        let (weakest, stronger) = Tier::HERE;
        let mut reasons = Vec::new();
        for tier in stronger {
            match Self::of_tier(shim.clone(), *tier) {
                Ok(sandbox) => return Ok(Self { reasons, ..sandbox }),
                Err(error) => reasons.push(error.to_string()),
            }
        }
        Ok(Self { reasons, ..Self::of_tier(shim, weakest)? })
    }

    /// The weakest tier: limits, for code that is the user's own and could be run without a grader as well.
    ///
    /// # Errors
    /// When not even that works.
    pub fn for_own_code(shim: PathBuf) -> Result<Self, SandboxError> {
        let (weakest, _) = Tier::HERE;
        Self::of_tier(shim, weakest)
    }

    /// Exactly this tier.
    ///
    /// # Errors
    /// When it does not work here.
    pub fn of_tier(shim: PathBuf, tier: Tier) -> Result<Self, SandboxError> {
        // The hasher's random keys are as good a die as any.
        let token = format!("{:016x}", RandomState::new().build_hasher().finish());
        let untried = Self { tier, shim, token, reasons: Vec::new(), linker_sees_itself: true };
        let linker_sees_itself = trial::run(&untried)?;
        Ok(Self { linker_sees_itself, ..untried })
    }

    /// The tier of this sandbox.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// Why no stronger tier works here, one sentence each.
    #[must_use]
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// Whether a stranger's program may run in it.
    ///
    /// # Errors
    /// When it would not keep that program from the user's files.
    pub fn for_strangers(&self) -> Result<(), SandboxError> {
        if self.tier.is_for_strangers() {
            return Ok(());
        }
        Err(SandboxError::TooWeak { tier: self.tier, reasons: self.reasons.join("; ") })
    }

    /// Whether the linker finds its own program in `/proc`, as rustc's `lld` must: where namespaces may have no `/proc` of
    /// their own, another linker does the work.
    #[must_use]
    pub fn linker_sees_itself(&self) -> bool {
        self.linker_sees_itself
    }

    /// A command that runs `program` inside `walls`; its arguments are still to be added.
    #[must_use]
    pub fn command(&self, program: &Path, limits: &ProcessLimits, walls: &Walls) -> Command {
        if self.tier == Tier::Clock {
            return Command::new(program);
        }
        let mut command = Command::new(&self.shim);
        command.args(shim::arguments(self.tier, &self.token, limits, walls)).arg(program);
        command
    }

    /// What the shim said when it could not do its work, if it is the shim that wrote `stderr`.
    #[must_use]
    pub fn complaint(&self, stderr: &[u8]) -> Option<String> {
        let words = String::from_utf8_lossy(stderr);
        let (_, problem) = words.split_once(&shim::complaint(&self.token, ""))?;
        Some(problem.lines().next().unwrap_or_default().to_owned())
    }
}
