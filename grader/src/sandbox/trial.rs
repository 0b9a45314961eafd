//! A tier is tried before it is claimed: the shim itself goes behind the walls and tries to get out.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use shim::trial::Found;

use super::{ProcessLimits, Role, Sandbox, SandboxError, Tier, Walls};

/// What the trial may use: nothing that it could need for long.
const LIMITS: ProcessLimits = ProcessLimits {
    wall: Duration::from_secs(10),
    cpu: Duration::from_secs(2),
    memory_bytes: 1 << 30,
    file_bytes: 0,
    output_bytes: 1 << 10,
};

/// Tries `sandbox` out; whether a linker in it sees its own program in `/proc`.
///
/// # Errors
/// What did not hold.
pub(super) fn run(sandbox: &Sandbox) -> Result<bool, SandboxError> {
    if sandbox.tier == Tier::Clock {
        return Ok(true);
    }
    let unusable = |problem: String| SandboxError::Unusable { tier: sandbox.tier, problem };
    let outside = tempfile::tempdir().map_err(|error| unusable(error.to_string()))?;
    let try_as = |role| try_as(sandbox, role, outside.path());
    thread::scope(|scope| {
        // The linker has walls of its own; trying both at once costs no time.
        let linker = scope.spawn(|| try_as(Role::Linker));
        let submission = try_as(Role::Submission);
        let stopped = |_| Err("the trial stopped".to_owned());
        let linker = linker.join().unwrap_or_else(stopped).map_err(unusable)?;
        submission.map_err(unusable)?;
        Ok(linker == Found::OwnProgram)
    })
}

/// What a program in that role found, with a file beside it that it must not reach.
fn try_as(sandbox: &Sandbox, role: Role, outside: &Path) -> Result<Found, String> {
    let words = |error: io::Error| error.to_string();
    let forbidden = outside.join(role.name());
    fs::write(&forbidden, "a file outside").map_err(words)?;
    let walls = Walls { role, ..Walls::of_submission(sandbox.shim.clone()) };
    let mut command = sandbox.command(&sandbox.shim, &LIMITS, &walls);
    command
        .args(shim::trial::arguments(sandbox.tier, role, &forbidden))
        .env_clear()
        .current_dir(outside)
        .stdin(Stdio::null());
    let tried = command.output().map_err(words)?;
    let code = tried.status.code();
    if let Some(found) = code.and_then(Found::from_code) {
        return Ok(found);
    }
    match sandbox.complaint(&tried.stderr) {
        Some(problem) => Err(problem),
        None => Err(format!(
            "the trial ended with {}: {}",
            tried.status,
            String::from_utf8_lossy(&tried.stderr).trim()
        )),
    }
}
