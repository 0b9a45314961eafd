//! The shim behind its own walls, trying to get out: what a tier promises is tried before it is claimed.

use std::ffi::OsString;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::{Role, Tier};

/// First argument of the trial.
pub(crate) const ARGUMENT: &str = "--trial";

/// What a trial found, beside walls that hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing more.
    Walls,
    /// Its own program in `/proc`.
    OwnProgram,
}

impl Found {
    /// Codes that nothing else ends with by chance.
    const CODES: [(u8, Self); 2] = [(64, Self::Walls), (65, Self::OwnProgram)];

    pub fn from_code(code: i32) -> Option<Self> {
        Self::CODES.into_iter().find(|(own, _)| i32::from(*own) == code).map(|(_, found)| found)
    }

    fn code(self) -> ExitCode {
        let own = Self::CODES.into_iter().find(|(_, found)| *found == self);
        own.map_or(ExitCode::FAILURE, |(code, _)| code.into())
    }
}

/// The trial's command line; `forbidden` is a file that it must not reach.
#[must_use]
pub fn arguments(tier: Tier, role: Role, forbidden: &Path) -> [OsString; 4] {
    [ARGUMENT.into(), tier.name().into(), role.name().into(), forbidden.into()]
}

/// Tries everything that must fail here.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let tier = arguments.next().and_then(|name| Tier::from_name(name.to_str()?));
    let role = arguments.next().and_then(|name| Role::from_name(name.to_str()?));
    let (Some(tier), Some(role), Some(forbidden)) = (tier, role, arguments.next()) else {
        eprintln!("{ARGUMENT} is for the grader's own use");
        return ExitCode::FAILURE;
    };
    if let Some(gap) = gap(tier, role, Path::new(&forbidden)) {
        eprintln!("{gap}");
        return ExitCode::FAILURE;
    }
    let sees_itself = fs::read_link("/proc/self/exe").is_ok();
    let found = if sees_itself { Found::OwnProgram } else { Found::Walls };
    found.code()
}

/// The first thing that should not have worked.
fn gap(tier: Tier, role: Role, forbidden: &Path) -> Option<&'static str> {
    if tier < Tier::Container {
        return None;
    }
    let sibling = forbidden.with_extension("new");
    let tries: [(&str, bool); 6] = [
        ("a file outside can be read", fs::read(forbidden).is_ok()),
        ("a file outside can be written", fs::OpenOptions::new().write(true).open(forbidden).is_ok()),
        ("a file outside can be made", fs::File::create(sibling).is_ok()),
        ("the network can be reached", UdpSocket::bind(("127.0.0.1", 0)).is_ok()),
        ("a program can be started", role != Role::Linker && starts_a_program()),
        ("other processes can be seen", tier == Tier::Full && std::process::id() > FEW),
    ];
    tries.into_iter().find(|(_, worked)| *worked).map(|(gap, _)| gap)
}

/// Process numbers begin anew in a namespace of its own.
const FEW: u32 = 9;

fn starts_a_program() -> bool {
    let own = std::env::args_os().next().unwrap_or_default();
    Command::new(own).arg(ARGUMENT).spawn().is_ok_and(|mut child| child.wait().is_ok())
}
