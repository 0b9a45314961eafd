//! Files: none but the named ones, by landlock (landlock(7)), which needs no privileges.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

use crate::Walls;

use super::system_paths;

/// The first version: reading, writing, executing, making and removing are under control (Linux 5.13). It must be there.
const NEEDED: ABI = ABI::V1;
/// Taken as far as the kernel has it: truncating, the network, signals. The filter on system calls closes these as well.
const WANTED: ABI = ABI::V6;

/// Leaves this process and its children nothing but `walls` and the system's libraries.
///
/// # Errors
/// When the kernel has no landlock, or refuses.
pub(super) fn close(walls: &Walls) -> Result<(), String> {
    let status = restrict(walls).map_err(|error| format!("cannot restrict files (landlock): {error}"))?;
    match status {
        RulesetStatus::NotEnforced => Err("cannot restrict files: the kernel has no landlock".to_owned()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

fn restrict(walls: &Walls) -> Result<RulesetStatus, RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(NEEDED))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?;
    let system = system_paths::readable(walls.role);
    // A program's loader must read what it executes, so that the one right is worth nothing without the other.
    let status = ruleset
        .create()?
        .add_rules(path_beneath_rules(system.iter().chain(&walls.readable), AccessFs::from_read(NEEDED)))?
        .add_rules(path_beneath_rules(&walls.writable, writing()))?
        .add_rules(
            path_beneath_rules(["/proc"], AccessFs::ReadFile | AccessFs::ReadDir)
                .filter(|_| sees_proc(walls)),
        )?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::ReadFile | AccessFs::WriteFile))?
        .restrict_self()?;
    Ok(status.ruleset)
}

/// What a compiler does in its own folder; no devices, no pipes, no sockets, and nothing there is executed.
fn writing() -> BitFlags<AccessFs> {
    AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::MakeSym
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer
}

/// The linker's parts look for their own program there ([`super::root`] mounts it, the tier *container* has the host's).
fn sees_proc(walls: &Walls) -> bool {
    walls.role == crate::Role::Linker
}
