//! The harness: what submissions are linked with and started by, built once by cargo and then kept beside the grader's work.
//!
//! [`Harness::ready`] is what every run begins with. A stamp file says of which sources, by which compiler, the libraries
//! were built; while it holds, cargo is not started at all. A lock keeps two graders from building at once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use thiserror::Error;

use crate::hash::Hasher;
use crate::layout::Layout;
use crate::progress::Progress;
use crate::toolchain::{self, LINKER_FIX, Toolchain, ToolchainError};

mod build;

/// Crates that a probe or a test binary names, and the grader passes to the compiler by path.
const NAMED: [&str; 5] = ["machine", "testbench", "socket", "insta", "rstest"];
/// What it is built of, beside the packages that Cargo.lock names.
const PARTS: [&str; 5] =
    ["fixtures/machine", "fixtures/testbench", "fixtures/socket", "fixtures/harness", "grader/shim"];
/// Raised when the harness is built in another way.
const STAMP_VERSION: u32 = 6;

/// What submissions are linked with, and what starts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Harness {
    /// The compiler that built them, and that compiles submissions.
    pub toolchain: Toolchain,
    /// The libraries that are named, by crate.
    pub libraries: BTreeMap<String, PathBuf>,
    /// The folder that holds them and what they need, and nothing else.
    pub folder: PathBuf,
    /// The program that limits itself and then becomes a compiler, a linker or a submission.
    pub shim: PathBuf,
    /// Digest of sources, lock file and compiler.
    pub digest: String,
}

/// The stamp file.
#[derive(Debug, Serialize, Deserialize)]
struct Stamp {
    version: u32,
    choice: String,
    harness: Harness,
}

/// The harness cannot be built: the course's fault or the machine's.
#[derive(Debug, Error, miette::Diagnostic)]
pub enum HarnessError {
    /// There is no compiler.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Toolchain(#[from] ToolchainError),
    /// cargo cannot be started.
    #[error("cannot start cargo")]
    #[diagnostic(help("cargo comes with rustc; install Rust from https://rustup.rs"))]
    NoCargo(#[source] io::Error),
    /// cargo failed.
    #[error("the course's own crates do not build:\n{words}")]
    #[diagnostic(help("restore fixtures/ and Cargo.lock (git status shows what changed), then try again"))]
    Build {
        /// What cargo said.
        words: String,
    },
    /// rustc has nothing to link with.
    #[error("the course's own crates cannot be linked: {words}")]
    #[diagnostic(help("a linker is missing: {LINKER_FIX}"))]
    NoLinker {
        /// What rustc said.
        words: String,
    },
    /// Packages are missing and cannot be had.
    #[error("packages are missing and cannot be downloaded:\n{words}")]
    #[diagnostic(help("connect to the network once and run `cargo fetch --locked` in the course's folder"))]
    Fetch {
        /// What cargo said.
        words: String,
    },
    /// cargo built something else.
    #[error("cargo built no {0}")]
    #[diagnostic(help(
        "fixtures/harness and grader/shim must be members of the workspace; git status shows what changed"
    ))]
    Missing(String),
    /// A file of the grader's own folder.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Harness {
    /// The harness of a course, if it is up to date and nothing need be built.
    #[must_use]
    pub fn built(layout: &Layout) -> Option<Self> {
        stamped(layout, &toolchain::choice(layout.root()))
    }

    /// The harness of a course, built if it is not yet or no longer up to date.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn ready(layout: &Layout, progress: &dyn Progress) -> Result<Self, HarnessError> {
        let folder = layout.work_dir();
        let choice = toolchain::choice(layout.root());
        if let Some(harness) = stamped(layout, &choice) {
            return Ok(harness);
        }
        let _lock = lock(&folder, progress)?;
        // Another grader may have built it while this one waited.
        if let Some(harness) = stamped(layout, &choice) {
            return Ok(harness);
        }
        let toolchain = Toolchain::find(layout.root())?;
        let digest = digest(layout, &toolchain)?;
        let folder = folder.join("harness");
        let built = build::build(layout, &toolchain, &folder, progress)?;
        let harness = Self { toolchain, libraries: built.libraries, folder, shim: built.shim, digest };
        let stamp = Stamp { version: STAMP_VERSION, choice, harness };
        write_stamp(&stamp_path(layout), &stamp)?;
        Ok(stamp.harness)
    }

    fn is_there(&self, layout: &Layout) -> bool {
        // A copied tree brings a stamp that names the original's libraries: those may change without this tree's knowing.
        let is_here = self.folder.starts_with(layout.work_dir());
        is_here && self.shim.is_file() && self.libraries.values().all(|library| library.is_file())
    }
}

fn stamp_path(layout: &Layout) -> PathBuf {
    layout.work_dir().join("harness.json")
}

/// The harness that the stamp file tells of, if everything it says still holds.
fn stamped(layout: &Layout, choice: &str) -> Option<Harness> {
    let text = fs::read(stamp_path(layout)).ok()?;
    let mut stamp: Stamp = serde_json::from_slice(&text).ok()?;
    let harness = &stamp.harness;
    let same_way = stamp.version == STAMP_VERSION;
    let holds = same_way && harness.toolchain.is_unchanged() && harness.is_there(layout);
    let same_sources = || digest(layout, &harness.toolchain).is_ok_and(|now| now == harness.digest);
    if !(holds && same_sources()) {
        return None;
    }
    if stamp.choice != choice {
        // Another terminal's PATH may lead to the same compiler. Then there is nothing to build, and nobody else who is
        // using the libraries must find them gone.
        let same_compiler =
            Toolchain::find(layout.root()).is_ok_and(|found| found == stamp.harness.toolchain);
        if !same_compiler {
            return None;
        }
        choice.clone_into(&mut stamp.choice);
        // Where it cannot be written, the next run asks the compiler again.
        let _ = write_stamp(&stamp_path(layout), &stamp);
    }
    Some(stamp.harness)
}

/// Forgets what was built, so that the next run builds it anew.
pub fn forget(layout: &Layout) {
    // What is not there needs no forgetting, and what cannot be removed is told by the next build.
    let _ = fs::remove_file(stamp_path(layout));
}

fn write_stamp(path: &Path, stamp: &Stamp) -> Result<(), HarnessError> {
    let folder = path.parent().unwrap_or(path);
    let text = serde_json::to_vec_pretty(stamp).map_err(io::Error::from);
    // Through a file that is this process's own: a stamp is there whole or not at all.
    let write = |text: Vec<u8>| {
        let mut fresh = NamedTempFile::new_in(folder)?;
        fresh.write_all(&text)?;
        fresh.persist(path).map(drop).map_err(|error| error.error)
    };
    text.and_then(write).map_err(file_error(path))
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> HarnessError {
    let path = path.to_path_buf();
    |source| HarnessError::File { path, source }
}

fn lock(folder: &Path, progress: &dyn Progress) -> Result<File, HarnessError> {
    let path = folder.join("build.lock");
    let take = || {
        fs::create_dir_all(folder)?;
        let file = File::create(&path)?;
        if file.try_lock().is_err() {
            progress.say("waiting for another grader that builds the course's crates");
            file.lock()?;
        }
        Ok(file)
    };
    take().map_err(file_error(&path))
}

/// Digest of everything that the harness is built from.
fn digest(layout: &Layout, toolchain: &Toolchain) -> Result<String, HarnessError> {
    let root = layout.root();
    let mut hasher = Hasher::new("harness");
    hasher.text("toolchain", &toolchain.identity());
    hasher.text("flags", build::PROFILE);
    for file in ["Cargo.toml", "Cargo.lock"] {
        let path = root.join(file);
        hasher.file(&path).map_err(file_error(&path))?;
    }
    for part in PARTS {
        let folder = root.join(part);
        let manifest = folder.join("Cargo.toml");
        hasher.file(&manifest).map_err(file_error(&manifest))?;
        let sources = folder.join("src");
        hasher.tree(&sources).map_err(file_error(&sources))?;
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    /// A course whose harness is built, as far as can be told without a compiler.
    fn built(root: &Path, choice: &str) -> (Layout, Stamp) {
        let manifests = PARTS.iter().map(|part| format!("{part}/Cargo.toml"));
        let sources = PARTS.iter().map(|part| format!("{part}/src/lib.rs"));
        let files = ["Cargo.toml", "Cargo.lock", "fixtures/course.yaml"].map(str::to_owned);
        for file in files.into_iter().chain(manifests).chain(sources) {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let layout = Layout::at(root).unwrap();
        let folder = layout.work_dir().join("harness");
        let shim = folder.join("shim");
        fs::create_dir_all(&folder).unwrap();
        fs::write(&shim, "").unwrap();
        let toolchain = Toolchain::find(root).unwrap();
        let digest = digest(&layout, &toolchain).unwrap();
        let harness = Harness { toolchain, libraries: BTreeMap::new(), folder, shim, digest };
        let stamp = Stamp { version: STAMP_VERSION, choice: choice.to_owned(), harness };
        write_stamp(&stamp_path(&layout), &stamp).unwrap();
        (layout, stamp)
    }

    #[test]
    fn another_path_to_the_same_compiler_builds_nothing() {
        let root = tempfile::tempdir().unwrap();
        let (layout, stamp) = built(root.path(), "PATH=/of/another/terminal");
        // Nothing could be built here, so what is ready was there before.
        assert_eq!(Harness::ready(&layout, &Silent).unwrap(), stamp.harness);
        let text = fs::read(stamp_path(&layout)).unwrap();
        let noted: Stamp = serde_json::from_slice(&text).unwrap();
        assert_eq!(noted.choice, toolchain::choice(layout.root()));
    }

    #[test]
    fn another_compiler_or_another_source_does_not_hold() {
        let root = tempfile::tempdir().unwrap();
        let (layout, mut stamp) = built(root.path(), "PATH=/of/another/terminal");
        fs::write(root.path().join("fixtures/machine/src/lib.rs"), "changed").unwrap();
        assert_eq!(stamped(&layout, "PATH=/usr/bin"), None);
        fs::write(root.path().join("fixtures/machine/src/lib.rs"), "").unwrap();
        stamp.harness.toolchain.version.push_str(" (older)");
        stamp.harness.digest = digest(&layout, &stamp.harness.toolchain).unwrap();
        write_stamp(&stamp_path(&layout), &stamp).unwrap();
        assert_eq!(stamped(&layout, "PATH=/usr/bin"), None);
    }
}
