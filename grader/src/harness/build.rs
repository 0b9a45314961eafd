//! Cargo builds the harness, and tells by JSON which files came out.
//!
//! The profile and the target folder are the grader's own, so that what both need is compiled once. What came out is copied
//! into a folder with nothing else in it: who compiles a stranger's file may read all of that folder.
//! The crate `labs` is never built this way: a student's file may not compile, and must not stop the harness.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, ChildStdout, Command, Stdio};
use std::thread;

use serde::Deserialize;

use super::{HarnessError, NAMED, file_error};
use crate::layout::Layout;
use crate::progress::Progress;
use crate::toolchain::Toolchain;

/// The profile of Cargo.toml that the harness is built with.
pub(super) const PROFILE: &str = "release";
/// The package that depends on all that is linked, and the one of the program that starts it.
const PACKAGES: [&str; 2] = ["harness", "shim"];
const SHIM: &str = "shim";

/// What cargo built.
pub(super) struct Built {
    pub(super) libraries: BTreeMap<String, PathBuf>,
    pub(super) shim: PathBuf,
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
    executable: Option<PathBuf>,
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

/// Builds, and copies what came out into `folder`; packages that are missing are downloaded once.
pub(super) fn build(
    layout: &Layout,
    toolchain: &Toolchain,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Built, HarnessError> {
    progress.say("building the course's own crates (once, then only after they change)");
    let collected = match cargo_build(layout, toolchain, progress) {
        Err(HarnessError::Build { words }) if packages_are_missing(&words) => {
            progress.say("downloading packages: cargo fetch --locked");
            fetch(layout)?;
            cargo_build(layout, toolchain, progress)
        }
        other => other,
    }?;
    collected.copied(folder)
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
) -> Result<Collector, HarnessError> {
    let mut command = cargo(layout.root());
    command
        .args(["build", "--offline", "--locked", "--profile", PROFILE, "--message-format=json"])
        .args(PACKAGES.map(|package| format!("--package={package}")))
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
        return Ok(collector);
    }
    collector.errors.push_str(&words);
    Err(why(collector.errors))
}

/// The first build is the first that needs a linker: then nothing in the course's files is wrong.
fn why(words: String) -> HarnessError {
    let is_about_linker = |line: &&str| line.contains("linker `") && line.ends_with("` not found");
    match words.lines().find(is_about_linker) {
        Some(line) => HarnessError::NoLinker { words: line.trim_start_matches("error: ").to_owned() },
        None => HarnessError::Build { words },
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
    // Where the grader itself was built, what it was built of is found again.
    let places = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"];
    let changes = exact.contains(&&*name) || families.iter().any(|family| name.starts_with(family));
    changes && !places.contains(&&*name)
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
    /// Libraries and procedural macros, by crate; one crate may come in two versions.
    files: BTreeMap<String, Vec<PathBuf>>,
    shim: Option<PathBuf>,
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
        if let Some(program) = message.executable {
            if target.name == SHIM {
                self.shim = Some(program);
            }
            return;
        }
        // Programs (build scripts) have no ending, or that of a program: nothing is linked against them.
        let linkable = message.filenames.into_iter().filter(|file| is_linkable(file));
        self.files.entry(target.name).or_default().extend(linkable);
    }

    /// Copies what was built into `folder`, which then holds nothing else.
    fn copied(self, folder: &Path) -> Result<Built, HarnessError> {
        let shim = self.shim.ok_or_else(|| HarnessError::Missing(format!("program `{SHIM}`")))?;
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file_error(folder)(error)),
            _ => fs::create_dir_all(folder).map_err(file_error(folder))?,
        }
        for file in self.files.values().flatten() {
            copy(file, folder)?;
        }
        let mut libraries = BTreeMap::new();
        for name in NAMED {
            let library = self.files.get(name).into_iter().flatten().find(|file| is_library(file));
            let library = library.ok_or_else(|| HarnessError::Missing(format!("library `{name}`")))?;
            libraries.insert(name.to_owned(), copied_to(library, folder));
        }
        Ok(Built { libraries, shim: copy(&shim, folder)? })
    }
}

/// As a second name of the same file where that can be: cargo never writes into a library, it makes a new one.
fn copy(file: &Path, folder: &Path) -> Result<PathBuf, HarnessError> {
    let copy = copied_to(file, folder);
    fs::hard_link(file, &copy).or_else(|_| fs::copy(file, &copy).map(drop)).map_err(file_error(&copy))?;
    Ok(copy)
}

fn copied_to(file: &Path, folder: &Path) -> PathBuf {
    folder.join(file.file_name().unwrap_or_default())
}

fn is_library(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "rlib")
}

/// A library, or a procedural macro, which is one for the compiler itself to load.
fn is_linkable(file: &Path) -> bool {
    is_library(file) || file.extension().is_some_and(|end| end == std::env::consts::DLL_EXTENSION)
}

#[cfg(test)]
mod tests {
    use miette::Diagnostic;
    use rstest::rstest;

    use super::*;
    use crate::toolchain::LINKER_FIX;

    #[rstest]
    #[case::unix(
        "error: linker `cc` not found\n  |\n  = note: No such file or directory (os error 2)\n",
        "linker `cc` not found"
    )]
    #[case::windows(
        "error: linker `link.exe` not found\n  |\n  = note: program not found\n",
        "linker `link.exe` not found"
    )]
    fn a_missing_linker_is_told_with_what_brings_it(#[case] words: &str, #[case] told: &str) {
        let error = why(words.to_owned());
        assert_eq!(error.to_string(), format!("the course's own crates cannot be linked: {told}"));
        let help = error.help().map(|help| help.to_string());
        assert_eq!(help, Some(format!("a linker is missing: {LINKER_FIX}")));
    }

    #[rstest]
    #[case::does_not_compile("error[E0425]: cannot find value `linker` in this scope\n")]
    #[case::does_not_link(
        "error: linking with `cc` failed: exit status: 1\n  = note: rust-lld: error: undefined symbol: f\n"
    )]
    fn any_other_failure_is_told_whole(#[case] words: &str) {
        let error = why(words.to_owned());
        assert!(matches!(&error, HarnessError::Build { words: told } if told == words), "{error}");
    }
}
