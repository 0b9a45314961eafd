//! What a grader needs of the machine, tried one by one, each with the command that brings what is missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::course::Course;
use crate::harness::Harness;
use crate::layout::Layout;
use crate::progress::Silent;
use crate::report::words::counted;
use crate::sandbox::Sandbox;
use crate::toolchain::{LINKER_FIX, Toolchain};

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was tried, in a word or two.
    pub name: &'static str,
    /// What was found, or what is wrong.
    pub found: Result<String, Trouble>,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What was seen.
    pub seen: String,
    /// The command, or the words, that mend it.
    pub fix: String,
}

/// Tries everything; a check that needs an earlier one's result says so when that one failed.
#[must_use]
pub fn examine(layout: &Layout) -> Vec<Check> {
    let toolchain = toolchain(layout);
    let linker = linker(layout, toolchain.as_ref().ok().map(|(_, toolchain)| toolchain));
    let packages = packages(layout, toolchain.as_ref().ok().map(|(_, toolchain)| toolchain));
    vec![
        Check { name: "course", found: course(layout) },
        Check { name: "toolchain", found: toolchain.map(|(said, _)| said) },
        Check { name: "linker", found: linker },
        Check { name: "packages", found: packages },
        Check { name: "target", found: writable(&layout.work_dir()) },
        Check { name: "sandbox", found: sandbox(layout) },
    ]
}

fn course(layout: &Layout) -> Result<String, Trouble> {
    let path = layout.course_yaml();
    match Course::load(&path) {
        Ok(course) => Ok(format!("{} in {}", counted(course.labs.len(), "lab"), layout.root().display())),
        Err(error) => Err(trouble(
            error.to_string(),
            "git checkout fixtures/course.yaml (or mend what grader list shows)",
        )),
    }
}

fn toolchain(layout: &Layout) -> Result<(String, Toolchain), Trouble> {
    let toolchain = Toolchain::find(layout.root()).map_err(|error| {
        let seen = match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        trouble(seen, "install Rust from https://rustup.rs, then open a new terminal")
    })?;
    let first = toolchain.version.lines().next().unwrap_or_default().to_owned();
    let (Some(found), Some(least)) = (release(&first), rust_version(layout)) else {
        return Ok((first, toolchain));
    };
    if found < least {
        let seen = format!("{first}, older than {}.{}", least.0, least.1);
        return Err(trouble(seen, "rustup update stable"));
    }
    Ok((first, toolchain))
}

/// Major and minor number in a text such as `rustc 1.95.0 (59807616e 2026-04-14)` or `rust-version = "1.95"`.
fn release(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut parts = text[start..].split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn rust_version(layout: &Layout) -> Option<(u32, u32)> {
    let manifest = std::fs::read_to_string(layout.root().join("Cargo.toml")).ok()?;
    manifest.lines().find(|line| line.trim_start().starts_with("rust-version")).and_then(release)
}

const PROGRAM: &str = "fn main() {\n    println!(\"linked\");\n}\n";

/// Compiles, links and starts a program, because a compiler without a linker fails only there.
fn linker(layout: &Layout, toolchain: Option<&Toolchain>) -> Result<String, Trouble> {
    let rustc = known(toolchain)?;
    let folder = tempfile::tempdir().map_err(|error| {
        trouble(format!("no folder for temporary files: {error}"), "set TMPDIR to a folder you can write to")
    })?;
    let source = folder.path().join("linked.rs");
    let program = folder.path().join(format!("linked{}", std::env::consts::EXE_SUFFIX));
    std::fs::write(&source, PROGRAM).map_err(|error| trouble(error.to_string(), "free some disk space"))?;
    let mut compiler = Command::new(rustc);
    compiler.arg(&source).arg("-o").arg(&program).current_dir(layout.root());
    said(&mut compiler).map_err(|seen| trouble(seen, LINKER_FIX))?;
    said(&mut Command::new(&program)).map_err(|seen| {
        trouble(seen, "programs in the folder for temporary files may not run: set TMPDIR to another one")
    })?;
    Ok("a two-line program compiles, links and runs".to_owned())
}

fn known(toolchain: Option<&Toolchain>) -> Result<&Path, Trouble> {
    match toolchain {
        Some(toolchain) => Ok(&toolchain.rustc),
        None => Err(trouble("not tried without a toolchain".to_owned(), "see toolchain")),
    }
}

/// Whether cargo could build without the network.
fn packages(layout: &Layout, toolchain: Option<&Toolchain>) -> Result<String, Trouble> {
    known(toolchain)?;
    let version = toolchain.map(|toolchain| toolchain.version.as_str()).unwrap_or_default();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--offline", "--locked", "--format-version", "1"]).current_dir(layout.root());
    if let Some(host) = host {
        // What only other systems need is not downloaded here, and not missed.
        cargo.args(["--filter-platform", host]);
    }
    said(&mut cargo).map_err(|seen| trouble(seen, "cargo fetch --locked (needs the network once)"))?;
    Ok("all downloaded".to_owned())
}

fn writable(folder: &Path) -> Result<String, Trouble> {
    let tried = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
    let shown: PathBuf = folder.to_path_buf();
    match tried {
        Ok(_) => Ok(format!("{} can be written", shown.display())),
        Err(error) => Err(trouble(
            format!("cannot write {}: {error}", shown.display()),
            "give yourself the rights (chown -R on the course's folder), or free some disk space",
        )),
    }
}

/// Tries the walls with the program that builds them, which is built first where it is not there yet.
fn sandbox(layout: &Layout) -> Result<String, Trouble> {
    let harness = Harness::ready(layout, &Silent).map_err(|error| {
        trouble(format!("cannot be tried: {error}"), "mend what stands above, then try again")
    })?;
    let sandbox = Sandbox::probe(harness.shim);
    sandbox
        .map(|sandbox| describe(&sandbox))
        .map_err(|error| trouble(error.to_string(), "remove target/grader/harness.json, then try again"))
}

/// The tier, what it is good for, and why it is not a stronger one.
fn describe(sandbox: &Sandbox) -> String {
    let weak = if sandbox.tier().is_for_strangers() {
        ""
    } else {
        " (enough for your own files; no wall against a stranger's)"
    };
    let reasons = sandbox.reasons().iter().map(|reason| format!("; {reason}"));
    format!("tier {}{weak}{}", sandbox.tier().name(), reasons.collect::<String>())
}

fn trouble(seen: String, fix: &str) -> Trouble {
    Trouble { seen, fix: fix.to_owned() }
}

/// Runs a command to its end; the first words of its standard error when it fails.
fn said(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr);
            let first = words.lines().find(|line| !line.trim().is_empty()).unwrap_or("no words");
            Err(format!("{program}: {}", first.trim()))
        }
        Err(error) => Err(format!("cannot start {program}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::compiler("rustc 1.95.0 (59807616e 2026-04-14)", Some((1, 95)))]
    #[case::manifest("rust-version = \"1.95\"", Some((1, 95)))]
    #[case::nightly("rustc 1.96.0-nightly", Some((1, 96)))]
    #[case::none("rustc", None)]
    fn releases_are_read(#[case] text: &str, #[case] expected: Option<(u32, u32)>) {
        assert_eq!(release(text), expected);
    }

    #[test]
    fn what_a_command_says_when_it_fails_is_kept() {
        let told = said(&mut Command::new("no-such-program-anywhere")).unwrap_err();
        assert!(told.starts_with("cannot start no-such-program-anywhere: "), "{told}");
    }
}
