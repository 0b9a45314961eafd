//! Cargo builds the harness, and tells by JSON which files came out.
//!
//! Only the testbench is built, as a library; its feature `harness` brings insta and rstest, with the same flags.
//! The crate `labs` is never built this way: a student's file may not compile, and must not stop the harness.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, ChildStdout, Command, Stdio};
use std::thread;

use serde::Deserialize;

use super::{HarnessError, NAMED};
use crate::layout::Layout;
use crate::progress::Progress;
use crate::toolchain::Toolchain;

/// The profile of Cargo.toml that the harness is built with.
pub(super) const PROFILE: &str = "harness";

/// What cargo built.
pub(super) struct Built {
    pub(super) libraries: BTreeMap<String, PathBuf>,
    pub(super) folders: Vec<PathBuf>,
}

/// One line of cargo's output; lines of other shapes are of no interest.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    #[serde(default)]
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
}

/// Builds; packages that are missing are downloaded once.
pub(super) fn build(
    layout: &Layout,
    toolchain: &Toolchain,
    progress: &dyn Progress,
) -> Result<Built, HarnessError> {
    progress.say("building the course's own crates (once, then only after they change)");
    match cargo_build(layout, toolchain, progress) {
        Err(HarnessError::Build { words }) if packages_are_missing(&words) => {
            progress.say("downloading packages: cargo fetch --locked");
            fetch(layout)?;
            cargo_build(layout, toolchain, progress)
        }
        other => other,
    }
}

fn packages_are_missing(words: &str) -> bool {
    words.contains("--offline was specified")
        || words.contains("while offline")
        || words.contains("offline mode")
}

fn cargo_build(
    layout: &Layout,
    toolchain: &Toolchain,
    progress: &dyn Progress,
) -> Result<Built, HarnessError> {
    let mut command = cargo(layout.root());
    command
        .args(["build", "--offline", "--locked", "--profile", PROFILE])
        .args(["--lib", "--package", "testbench", "--no-default-features", "--features", "harness"])
        .args(["--message-format=json", "--target-dir"])
        .arg(layout.work_dir().join("build"))
        .env("RUSTC", &toolchain.rustc)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(HarnessError::NoCargo)?;
    let words = child.stderr.take().map(|pipe| thread::spawn(|| read_words(pipe)));
    let mut collector = Collector::default();
    if let Some(pipe) = child.stdout.take() {
        collector.read(pipe, progress);
    }
    let status = child.wait().map_err(HarnessError::NoCargo)?;
    let words = words.and_then(|thread| thread.join().ok()).unwrap_or_default();
    if status.success() {
        collector.built()
    } else {
        collector.errors.push_str(&words);
        Err(HarnessError::Build { words: collector.errors })
    }
}

fn fetch(layout: &Layout) -> Result<(), HarnessError> {
    let done = cargo(layout.root()).args(["fetch", "--locked"]).output().map_err(HarnessError::NoCargo)?;
    if done.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(HarnessError::Fetch { words })
}

/// Cargo in the course's root, without what a user's shell may say about flags.
fn cargo(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| changes_the_build(name)) {
        command.env_remove(name);
    }
    command
}

fn changes_the_build(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let exact = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"];
    let families = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_UNSTABLE_", "INSTA_"];
    exact.contains(&&*name) || families.iter().any(|family| name.starts_with(family))
}

fn read_words(pipe: ChildStderr) -> String {
    let mut words = Vec::new();
    // What was read before a fault is still worth showing.
    let _ = BufReader::new(pipe).read_to_end(&mut words);
    let words = String::from_utf8_lossy(&words);
    let lines = words.lines().filter(|line| !line.trim_start().starts_with("Compiling "));
    lines.collect::<Vec<_>>().join("\n")
}

#[derive(Default)]
struct Collector {
    libraries: BTreeMap<String, PathBuf>,
    folders: BTreeSet<PathBuf>,
    count: usize,
    errors: String,
}

impl Collector {
    fn read(&mut self, pipe: ChildStdout, progress: &dyn Progress) {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if let Ok(message) = serde_json::from_str::<Message>(&line) {
                self.take(message, progress);
            }
        }
    }

    fn take(&mut self, message: Message, progress: &dyn Progress) {
        if let Some(words) = message.message.filter(|words| words.level == "error") {
            self.errors.push_str(&words.rendered.unwrap_or_default());
        }
        let Some(target) = message.target.filter(|_| message.reason == "compiler-artifact") else {
            return;
        };
        self.count += 1;
        progress.say(&format!("building the course's own crates: {} ({})", target.name, self.count));
        // Programs (build scripts) lie elsewhere, and nothing is linked against them.
        let linkable = message.filenames.iter().filter(|file| file.extension().is_some());
        let folders = linkable.filter_map(|file| file.parent());
        self.folders.extend(folders.map(Path::to_path_buf));
        let library = message.filenames.into_iter().find(|file| is_library(file));
        if let Some(library) = library {
            self.libraries.insert(target.name, library);
        }
    }

    fn built(mut self) -> Result<Built, HarnessError> {
        let mut libraries = BTreeMap::new();
        for name in NAMED {
            let library = self.libraries.remove(name);
            let library = library.ok_or(HarnessError::NoLibrary(name))?;
            libraries.insert(name.to_owned(), library);
        }
        Ok(Built { libraries, folders: self.folders.into_iter().collect() })
    }
}

fn is_library(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "rlib")
}
