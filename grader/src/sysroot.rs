//! The standard library as a submission's compiler sees it: `core`, `alloc` and what they are built on, without `std`.
//!
//! A lab is `#![no_std]`, but one word brings `std` back (`extern crate std`), and with it files and processes. Where `std`
//! is not there no word can. The folder is made of links into the compiler's own, once for each toolchain.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::compile;
use crate::course::Lab;
use crate::fault::Fault;
use crate::toolchain::Toolchain;
use crate::workbench::Workbench;

/// The libraries that stay.
const KEPT: [&str; 3] = ["core", "alloc", "compiler_builtins"];
/// The file that says whether the folder was tried and did.
const VERDICT: &str = "tried";
const WORKS: &str = "works";
/// Uses of the three libraries, and of the crate that labs stand on.
const TRIAL: &[u8] = b"use machine::prelude::*;\npub fn trial(n: u64) -> Vec<u64> { vec![n; 3] }\n";

/// Where a submission's compiler finds the standard library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sysroot {
    /// The folder for `--sysroot`.
    pub path: PathBuf,
    /// Whether `std` is not in it.
    pub is_trimmed: bool,
}

impl Sysroot {
    /// The compiler's own, with everything.
    #[must_use]
    pub fn whole(toolchain: &Toolchain) -> Self {
        Self { path: toolchain.home().to_path_buf(), is_trimmed: false }
    }

    /// The trimmed one, made if it is not there yet.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn trimmed(work_dir: &Path, toolchain: &Toolchain) -> Result<Self, Fault> {
        let path = work_dir.join("sysroot").join(toolchain.short_name());
        if !path.is_dir() {
            make(&path, toolchain).map_err(Fault::file(&path))?;
        }
        Ok(Self { path, is_trimmed: true })
    }

    /// This one, if labs compile with it, and else the whole one; tried once.
    ///
    /// # Errors
    /// When the compiler cannot be run.
    pub(crate) fn or_whole(self, bench: &Workbench<'_>) -> Result<Self, Fault> {
        let verdict = self.path.join(VERDICT);
        let works = match fs::read_to_string(&verdict) {
            Ok(text) => text == WORKS,
            Err(_) => {
                let lab = Lab { lab: "trial".to_owned(), ..Lab::default() };
                let tried = compile::library(bench, &lab, TRIAL)?;
                let words = tried.as_ref().map_or_else(|refusal| refusal.words.as_str(), |_| WORKS);
                crate::files::write_whole(&verdict, words).map_err(Fault::file(&verdict))?;
                tried.is_ok()
            }
        };
        Ok(if works { self } else { Self::whole(&bench.harness.toolchain) })
    }
}

/// Makes the folder under another name first: it is there whole or not at all.
fn make(path: &Path, toolchain: &Toolchain) -> io::Result<()> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent)?;
    let fresh = tempfile::tempdir_in(parent)?;
    let libraries = Path::new("lib/rustlib").join(toolchain.host()).join("lib");
    let from = toolchain.home().join(&libraries);
    let to = fresh.path().join(&libraries);
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if is_kept(&entry.file_name().to_string_lossy()) {
            let target = to.join(entry.file_name());
            // A link costs nothing; on another disk, or of another's file, it is a copy.
            fs::hard_link(entry.path(), &target).or_else(|_| fs::copy(entry.path(), &target).map(drop))?;
        }
    }
    // Somebody else may have been quicker.
    fs::rename(fresh.path(), path).or_else(|error| if path.is_dir() { Ok(()) } else { Err(error) })
}

/// `libcore-<hash>.rlib` and the like; on 1.95 the `.rmeta` beside it is needed too.
fn is_kept(file: &str) -> bool {
    let name = file.strip_prefix("lib").and_then(|rest| rest.split_once('-'));
    name.is_some_and(|(name, _)| KEPT.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::core("libcore-120cbae4e86ec454.rmeta", true)]
    #[case::builtins("libcompiler_builtins-27cfc16bdf3bb694.rlib", true)]
    #[case::std("libstd-2bd1f3b1b3d5d2f4.rlib", false)]
    #[case::shared_std("libstd-2bd1f3b1b3d5d2f4.so", false)]
    #[case::begins_alike("libcore_arch-1.rlib", false)]
    #[case::program("rust-lld", false)]
    fn std_is_left_out(#[case] file: &str, #[case] stays: bool) {
        assert_eq!(is_kept(file), stays);
    }
}
