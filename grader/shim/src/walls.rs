//! What a program may reach of the machine, beside what every program needs of the system's libraries.

use std::path::PathBuf;

/// What a program is there for: it decides which system calls it has, and which part of the system it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A submission's own code: it computes, and writes to its outputs.
    Submission,
    /// The compiler at work on a submission's source: it starts no other program.
    Compiler,
    /// The compiler as it links, which starts the system's linker. No code of a submission runs in it, but it reads what
    /// was compiled from it.
    Linker,
}

impl Role {
    const ALL: [Self; 3] = [Self::Submission, Self::Compiler, Self::Linker];

    /// The role's name on the shim's command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Submission => "submission",
            Self::Compiler => "compiler",
            Self::Linker => "linker",
        }
    }

    /// The role of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What a program may reach. Paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walls {
    /// What it is there for.
    pub role: Role,
    /// Files and folders that it may read and execute.
    pub readable: Vec<PathBuf>,
    /// Files and folders that it may also change.
    pub writable: Vec<PathBuf>,
}

impl Walls {
    /// Around a submission's program, which may read itself and nothing else.
    #[must_use]
    pub fn of_submission(program: PathBuf) -> Self {
        Self { role: Role::Submission, readable: vec![program], writable: Vec::new() }
    }
}
