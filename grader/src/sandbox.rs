//! Where a program is put before it may run: the one place that wraps a command.
//!
//! Tiers stand from weak to strong. What a run really had is probed at its start and goes into the report; a tier is
//! never claimed that was not tried. Namespaces, landlock and seccomp belong here as further tiers: they change
//! [`Sandbox::command`] and [`Sandbox::probe`], and nothing else.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use thiserror::Error;

use crate::limits::{PROBE_ARGUMENT, ProcessLimits, SHIM_ARGUMENT};

/// How well a program is kept from the rest of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Killed when its time is over, nothing else: systems without limits on processes.
    Clock,
    /// Limits on CPU time, memory, file size and open files.
    Limits,
}

impl Tier {
    /// The tier's name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Limits => "limits",
        }
    }
}

/// The sandbox could not be set up.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// The grader does not know its own program.
    #[error("cannot find the grader's own program")]
    NoShim(#[source] std::io::Error),
    /// The trial run failed.
    #[error("cannot run programs with limits: {0}")]
    Unusable(String),
}

/// Wraps commands.
#[derive(Debug, Clone)]
pub struct Sandbox {
    tier: Tier,
    shim: PathBuf,
}

impl Sandbox {
    /// The strongest tier that works here, tried on a program that does nothing.
    ///
    /// # Errors
    /// When not even the weakest tier works.
    pub fn probe() -> Result<Self, SandboxError> {
        let shim = std::env::current_exe().map_err(SandboxError::NoShim)?;
        Self::probe_with(shim)
    }

    /// As [`Sandbox::probe`], with `shim` as the grader's own program (tests are not the grader).
    ///
    /// # Errors
    /// When not even the weakest tier works.
    pub fn probe_with(shim: PathBuf) -> Result<Self, SandboxError> {
        if !cfg!(unix) {
            let tier = Tier::Clock;
            return Ok(Self { tier, shim });
        }
        let sandbox = Self { tier: Tier::Limits, shim };
        sandbox.try_out()?;
        Ok(sandbox)
    }

    fn try_out(&self) -> Result<(), SandboxError> {
        let limits = ProcessLimits {
            wall: std::time::Duration::from_secs(10),
            cpu_s: 2,
            memory_bytes: 1 << 30,
            file_bytes: 0,
            output_bytes: 1 << 10,
        };
        let tried = self
            .command(&self.shim, &limits)
            .arg(PROBE_ARGUMENT)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .map_err(|error| SandboxError::Unusable(error.to_string()))?;
        if tried.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&tried.stderr);
        Err(SandboxError::Unusable(words.trim().to_owned()))
    }

    /// The tier of this sandbox.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// A command that runs `program` inside; its arguments are still to be added.
    #[must_use]
    pub fn command(&self, program: &Path, limits: &ProcessLimits) -> Command {
        match self.tier {
            Tier::Clock => Command::new(program),
            Tier::Limits => {
                let mut command = Command::new(&self.shim);
                command.arg(SHIM_ARGUMENT).arg(limits.to_argument()).arg(program);
                command
            }
        }
    }
}
