//! The programs that a lab of a submission is run by: [`Program`].

use std::ffi::OsString;
use std::path::PathBuf;

use crate::layout::Layout;

use super::HARNESS_FLAGS;

/// What can be linked with a lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// Plays a scenario.
    Probe,
    /// Runs the lab's tests.
    Cases,
    /// Replays a memory trace; optimised, because a trace has millions of references.
    Replay,
}

impl Program {
    /// Its name among a lab's programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Cases => "cases",
            Self::Replay => "replay",
        }
    }

    /// The course's file that it is made from.
    pub(super) fn source(self, layout: &Layout, lab: &str) -> PathBuf {
        match self {
            Self::Probe => layout.probe_source(lab),
            Self::Cases => layout.tests_source(lab),
            Self::Replay => layout.replay_source(lab),
        }
    }

    /// The crates that its source names, beside `labs`.
    pub(super) fn crates(self) -> &'static [&'static str] {
        match self {
            Self::Probe | Self::Replay => &["machine", "testbench"],
            Self::Cases => &["machine", "testbench", "insta", "rstest"],
        }
    }

    /// What kind of program it is, and how it is compiled.
    pub(super) fn flags(self) -> Vec<OsString> {
        let flags: &[&str] = match self {
            Self::Probe => &["--crate-type=bin"],
            Self::Cases => &["--test", "--cfg=judged"],
            Self::Replay => &["--crate-type=bin", "-Copt-level=1"],
        };
        let harness: &[&str] = if self == Self::Replay { &[] } else { &HARNESS_FLAGS };
        flags.iter().chain(harness).map(OsString::from).collect()
    }
}
