//! A copy of the course in which the book's commands do what they like.
//!
//! Main type: [`Scratch`]. It lies in the target folder and stays there, so that what the grader builds of the course is
//! built once. `cargo grader` and `grader` are the binary that is built already; any other `cargo` acts on the real tree,
//! offline, from the scratch folder.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// What a command may take: the first one of the grader builds the course's own crates in the copy.
const TIME_MAX: Duration = Duration::from_secs(300);

/// The copy.
#[derive(Debug)]
pub struct Scratch {
    /// The real tree.
    pub root: PathBuf,
    /// The folder around the copy.
    pub folder: PathBuf,
    /// The copy.
    pub course: PathBuf,
}

/// What a script came to.
#[derive(Debug)]
pub struct Done {
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
    /// Whether all its commands ended as expected.
    pub is_as_expected: bool,
}

/// How a script may end.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// Exit codes, one of which each command has; none: 0.
    pub codes: Vec<String>,
    /// The script does not end by itself: it is interrupted when it has printed this.
    pub until: Option<String>,
}

impl Scratch {
    /// The scratch folder, with the commands that stand before the system's.
    pub fn new() -> Self {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the book lies in the course").to_owned();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("commands");
        let course = folder.join("course");
        let scratch = Self { root, folder, course };
        let shims = scratch.folder.join("bin");
        fs::create_dir_all(&shims).expect("the target folder can be written");
        let (grader, manifest) = (scratch.grader(), scratch.root.join("Cargo.toml"));
        let (grader, manifest) = (grader.display(), manifest.display());
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        scratch.shim("grader", &format!("exec '{grader}' \"$@\""));
        scratch.shim(
            "cargo",
            &format!(
                "case \"$*\" in\n'grader') exec '{grader}' ;;\n'grader '*) shift; exec '{grader}' \"$@\" ;;\n\
                 'run --release -p grader') exec '{grader}' ;;\n'run '* | 'test '*) command=$1; shift;\n\
                 exec '{cargo}' \"$command\" --offline --locked --manifest-path '{manifest}' \"$@\" ;;\nesac\n\
                 exec '{cargo}' \"$@\""
            ),
        );
        scratch
    }

    /// The grader, built before this test.
    pub fn grader(&self) -> PathBuf {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("tmp lies in target");
        target.join("release/grader")
    }

    fn shim(&self, name: &str, script: &str) {
        let path = self.folder.join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("the scratch folder can be written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its files are ours");
        }
    }

    /// The course as it is in the real tree: what earlier commands left behind is gone, the grader's own folder stays.
    pub fn renew(&self) {
        let files = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&self.root)
            .output()
            .expect("the tree is under git");
        assert!(files.status.success(), "git ls-files: {}", String::from_utf8_lossy(&files.stderr));
        for entry in fs::read_dir(&self.folder).expect("it was made") {
            let path = entry.expect("it can be listed").path();
            if path != self.course && !path.ends_with("bin") {
                remove(&path);
            }
        }
        fs::create_dir_all(&self.course).expect("the target folder can be written");
        let names = String::from_utf8(files.stdout).expect("names of files are text");
        let names: BTreeSet<&str> = names.split('\0').filter(|name| !name.is_empty()).collect();
        self.remove_all_but(&names, Path::new(""));
        for name in names {
            let (from, to) = (self.root.join(name), self.course.join(name));
            // A file that is removed and not yet committed is listed, and not there.
            let Ok(about) = fs::metadata(&from) else { continue };
            let written = about.modified().expect("files have times");
            let is_as_it_was = |copy: fs::Metadata| {
                copy.len() == about.len() && copy.modified().is_ok_and(|time| time == written)
            };
            if fs::metadata(&to).is_ok_and(is_as_it_was) {
                continue;
            }
            fs::create_dir_all(to.parent().expect("it lies in the course"))
                .expect("the scratch folder can be written");
            fs::copy(&from, &to).expect("files of the tree can be copied");
            // Else everything would be newer than what was built of it.
            let copy = fs::File::options().append(true).open(&to).expect("the copy is ours");
            copy.set_modified(written).expect("the copy is ours");
        }
    }

    /// Removes the files of a folder of the copy that are not among `names`; what is built stays.
    fn remove_all_but(&self, names: &BTreeSet<&str>, folder: &Path) {
        for entry in fs::read_dir(self.course.join(folder)).expect("it was made") {
            let entry = entry.expect("it can be listed");
            let name = folder.join(entry.file_name());
            let is_folder = entry.file_type().expect("it can be listed").is_dir();
            if is_folder && name.as_path() != Path::new("target") {
                self.remove_all_but(names, &name);
            } else if !is_folder && !names.contains(name.to_string_lossy().as_ref()) {
                remove(&entry.path());
            }
        }
    }

    /// Writes a file of the copy, or beside it by `../`.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.course.join(name);
        fs::create_dir_all(path.parent().expect("it has a folder"))
            .expect("the scratch folder can be written");
        fs::write(path, text).expect("the scratch folder can be written");
    }

    /// Copies a file of the real tree into the copy.
    pub fn copy(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.root.join(from)).unwrap_or_else(|error| panic!("{from}: {error}"));
        self.write(to, &text);
    }

    /// Runs a script of the book in the copy.
    pub fn run(&self, script: &str, ends: &Ends) -> Done {
        let codes = if ends.codes.is_empty() { "0".to_owned() } else { ends.codes.join("|") };
        let needs_failure = !ends.codes.is_empty() && !ends.codes.iter().any(|code| code == "0");
        // Each command is looked at, also those before the last one; what the shell does for a `for` or an `if` is its own.
        let last = if needs_failure { "[ \"$failed\" -gt 0 ]" } else { ":" };
        let script = format!(
            "failed=0\ntrap 'code=$?; case $code in {codes}) failed=$((failed + 1));; *) echo \"exit code $code\" >&2; \
             exit 99;; esac' ERR\n{script}\n{last}\nexit 0\n"
        );
        // `/tmp` and what grading systems have at the top of theirs lie beside the copy.
        for name in ["tmp", "autograder", "grade"] {
            fs::create_dir_all(self.folder.join(name)).expect("the scratch folder can be written");
        }
        let path = std::env::var("PATH").unwrap_or_default();
        let child = Command::new("bash")
            .args(["-c", &script])
            .current_dir(&self.course)
            .env("PATH", format!("{}:{path}", self.folder.join("bin").display()))
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bash can be started");
        wait(child, ends)
    }
}

fn remove(path: &Path) {
    let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    gone.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Waits for the end of a script, or for the words at which it is interrupted.
fn wait(mut child: Child, ends: &Ends) -> Done {
    let (mut out, mut complaints) =
        (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let stderr = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What cannot be read is no complaint.
        let _ = complaints.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = out.read(&mut piece) {
            if send.send(piece[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    let start = Instant::now();
    let mut bytes = Vec::new();
    let mut is_interrupted = false;
    while let Ok(more) = receive.recv_timeout(TIME_MAX.saturating_sub(start.elapsed())) {
        bytes.extend(more);
        let said = String::from_utf8_lossy(&bytes);
        if ends.until.as_ref().is_some_and(|words| said.contains(words.as_str())) {
            is_interrupted = true;
            break;
        }
    }
    let is_late = start.elapsed() >= TIME_MAX;
    if is_interrupted || is_late {
        end(&mut child);
    }
    let status = child.wait().expect("it is our child");
    let mut stderr = stderr.join().unwrap_or_default();
    if is_late {
        stderr.push_str("it did not end");
    }
    let is_as_expected = if ends.until.is_some() { is_interrupted } else { status.success() && !is_late };
    Done { stdout: String::from_utf8_lossy(&bytes).into_owned(), stderr, is_as_expected }
}

/// Ends a script and what it has started: its children by Ctrl-C's signal, then itself.
fn end(child: &mut Child) {
    let parent = child.id().to_string();
    // Where a signal cannot be sent, the child is killed below all the same.
    let _ = Command::new("pkill").args(["-INT", "-P", &parent]).status();
    let _ = child.kill();
}
