//! The compiler: which rustc this course uses, found once and called directly from then on.
//!
//! What is called `rustc` is usually rustup's proxy, which decides at each call. The grader asks it once, in the
//! course's root, and then uses `<sysroot>/bin/rustc`: the very compiler that built the dependencies.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What brings the linker that rustc calls and does not have.
pub const LINKER_FIX: &str = if cfg!(target_os = "macos") {
    "xcode-select --install"
} else if cfg!(windows) {
    "install the C++ build tools of Visual Studio"
} else {
    "sudo apt install gcc (Debian, Ubuntu), sudo dnf install gcc (Fedora)"
};

/// One compiler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toolchain {
    /// The compiler's own program.
    pub rustc: PathBuf,
    /// What `rustc -vV` says.
    pub version: String,
    /// The program's size and time of change: another compiler at the same path is another toolchain.
    pub stamp: String,
}

/// There is no usable compiler.
#[derive(Debug, Error, miette::Diagnostic)]
pub enum ToolchainError {
    /// rustc cannot be started.
    #[error("cannot start rustc")]
    #[diagnostic(help("install Rust from https://rustup.rs, then open a new terminal"))]
    NotFound(#[source] io::Error),
    /// rustc answers with an error.
    #[error("rustc does not answer: {0}")]
    #[diagnostic(help("try `rustc -vV` in the course's folder"))]
    Broken(String),
    /// Its program is not where it should be.
    #[error("there is no compiler at {}", path.display())]
    NoProgram {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Toolchain {
    /// The compiler that `rustc` means in the folder `root`.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(root: &Path) -> Result<Self, ToolchainError> {
        let sysroot = ask(root, &["--print", "sysroot"])?;
        let name = format!("rustc{}", std::env::consts::EXE_SUFFIX);
        let rustc = Path::new(sysroot.trim()).join("bin").join(name);
        let version = ask(root, &["-vV"])?;
        let stamp =
            stamp_of(&rustc).map_err(|source| ToolchainError::NoProgram { path: rustc.clone(), source })?;
        Ok(Self { rustc, version: version.trim().to_owned(), stamp })
    }

    /// Whether the compiler's program is still the one that was found.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        stamp_of(&self.rustc).is_ok_and(|stamp| stamp == self.stamp)
    }

    /// The folder that holds all of it: `bin/rustc`, `lib`.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.rustc.ancestors().nth(2).unwrap_or(&self.rustc)
    }

    /// The folder of the compiler's own shared libraries.
    #[must_use]
    pub fn libraries(&self) -> PathBuf {
        self.home().join("lib")
    }

    /// The standard library as one that programs share, for the machine that it runs on; some kinds have none.
    #[must_use]
    pub fn shared_std(&self) -> Option<PathBuf> {
        let folder = self.libraries().join("rustlib").join(self.host()).join("lib");
        let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
        let is_shared_std = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            let ending = std::env::consts::DLL_SUFFIX;
            name.is_some_and(|name| name.starts_with("libstd-") && name.ends_with(ending))
        };
        files.into_iter().find(is_shared_std)
    }

    /// The kind of machine that it runs on and compiles for.
    #[must_use]
    pub fn host(&self) -> &str {
        self.version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default()
    }

    /// The environment of the compiler: what it needs to find its linker and a place for temporary files, nothing more.
    #[must_use]
    pub fn environment(&self, scratch: &Path) -> Vec<(OsString, OsString)> {
        let mut kept: Vec<(OsString, OsString)> = if cfg!(windows) {
            // The linker is found through a registry and a dozen variables.
            std::env::vars_os().collect()
        } else {
            let names = ["PATH", "SDKROOT", "DEVELOPER_DIR", "MACOSX_DEPLOYMENT_TARGET"];
            let value = |name: &str| Some((OsString::from(name), std::env::var_os(name)?));
            names.into_iter().filter_map(value).collect()
        };
        if cfg!(target_os = "linux") {
            // It finds its libraries by the place of its own program, which the loader learns from `/proc`.
            kept.push(("LD_LIBRARY_PATH".into(), self.libraries().into()));
        }
        kept.push(("TMPDIR".into(), scratch.into()));
        kept
    }

    /// A short name for folders: another compiler has another.
    #[must_use]
    pub fn short_name(&self) -> String {
        blake3::hash(self.identity().as_bytes()).to_hex()[..16].to_owned()
    }

    /// Everything that makes this compiler this one, as text.
    #[must_use]
    pub fn identity(&self) -> String {
        let Self { rustc, version, stamp } = self;
        format!("{}\n{version}\n{stamp}", rustc.display())
    }
}

/// What decides which compiler `rustc` means in `root`: as long as none of it changes, nobody needs to be asked.
#[must_use]
pub fn choice(root: &Path) -> String {
    let mut choice = String::new();
    for name in ["PATH", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "CARGO_HOME", "HOME"] {
        let value = std::env::var_os(name).unwrap_or_default();
        choice.push_str(&format!("{name}={}\n", value.display()));
    }
    let settings = rustup_home().map(|home| home.join("settings.toml"));
    let pinned = root
        .ancestors()
        .flat_map(|folder| ["rust-toolchain.toml", "rust-toolchain"].map(|name| folder.join(name)));
    for path in pinned.chain(settings) {
        if let Ok(text) = fs::read_to_string(&path) {
            choice.push_str(&format!("{}:\n{text}\n", path.display()));
        }
    }
    choice
}

fn rustup_home() -> Option<PathBuf> {
    let set = std::env::var_os("RUSTUP_HOME").map(PathBuf::from);
    set.or_else(|| Some(std::env::home_dir()?.join(".rustup")))
}

fn ask(root: &Path, arguments: &[&str]) -> Result<String, ToolchainError> {
    let answer = Command::new("rustc")
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .map_err(ToolchainError::NotFound)?;
    if answer.status.success() {
        Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
    } else {
        let words = String::from_utf8_lossy(&answer.stderr);
        Err(ToolchainError::Broken(words.trim().to_owned()))
    }
}

/// Size and time of change of a file.
pub(crate) fn stamp_of(path: &Path) -> io::Result<String> {
    let about = fs::metadata(path)?;
    let changed = about.modified()?.duration_since(UNIX_EPOCH);
    let changed = changed.map_or(0, |time| time.as_nanos());
    Ok(format!("{} bytes, {changed} ns", about.len()))
}
