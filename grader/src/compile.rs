//! Compiles a submission's lab, and links it with what judges it, by calling rustc directly.
//!
//! ```text
//! kept/labs/src/lib.rs      written by the grader: no_std, no unsafe code, one module
//! kept/labs/src/<lab>.rs    the submission's file, byte for byte
//!         │ rustc, as crate `labs`
//!         v
//! liblabs.rlib ──┬── fixtures/socket/plugs/<lab>.rs ──────> liblabs.so   what probe and cases are started with
//!                ├── fixtures/testbench/probes/<lab>.rs ──> probe        plays one scenario
//!                └── labs/tests/<lab>.rs ────────────────> cases        the lab's tests
//! ```
//!
//! Where it can be, only `liblabs.so` is linked, and probe and cases are those of the [`shelf`], built once for all. Elsewhere,
//! and for a submission that does not fit, they are compiled with the submission.
//!
//! Every submission, the reference included, is compiled with the same flags. The compiler runs in the sandbox too: it
//! works on a stranger's file.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;

use crate::course::Lab;
use crate::fault::Fault;
use crate::harness;
use crate::process::{Ending, Job, Outcome};
use crate::sandbox::ProcessLimits;
use crate::sandbox::Walls;
use crate::scan;
use crate::workbench::Workbench;

mod diagnostics;
mod kept;
mod misfit;
mod program;
mod runnable;
pub mod shelf;
mod walls;

use diagnostics::Diagnostics;
use kept::Kept;

pub use program::Program;
pub use runnable::Runnable;

/// Flags of all that is compiled here; what they say of overflow and assertions is what `cargo test` does too.
///
/// Leaving the standard library's debug information out of the link saves a quarter of the link's time; nobody optimises over
/// crates, so libraries need no bitcode (a twentieth of a lab's compilation).
pub const FLAGS: [&str; 9] = [
    "--edition=2024",
    "--error-format=json",
    "-Coverflow-checks=on",
    "-Cdebug-assertions=on",
    "-Cdebuginfo=0",
    "-Cstrip=debuginfo",
    "-Cembed-bitcode=no",
    "-Cpanic=unwind",
    "-Awarnings",
];

/// A submission's own code is not optimised, unless budget scenarios count its time.
///
/// One library serves all of a lab's items, so nothing is compiled twice for the few. Measured on multi_level_walk (CPU
/// seconds): rustc 0.32 at opt-level 1 and 0.12 at 0, of which its scenarios give back 0.1.
fn lab_flags(lab: &Lab) -> [&'static str; 2] {
    [if lab.budget { "-Copt-level=2" } else { "-Copt-level=0" }, "-Funsafe_code"]
}

/// What drives a submission is not worth optimising: its compile time is what a student waits for.
///
/// Measured with 257 tests (CPU seconds of probe and test binary): optimised 1.1 and 1.9; not optimised 0.3 and 0.8; not
/// optimised and incremental, which reuses all but the calls into the submission, 0.13 and 0.4.
pub const HARNESS_FLAGS: [&str; 2] = ["-Copt-level=0", "-Ccodegen-units=16"];

/// What makes of a submission's library one that programs are started with.
const PLUG_FLAGS: [&str; 2] = ["-Copt-level=0", "-Cprefer-dynamic"];

const LIBRARY: &str = "liblabs.rlib";

/// What a compiler may use. Its memory is address space, of which rustc reserves far more than it touches.
const COMPILER: ProcessLimits = ProcessLimits {
    wall: Duration::from_secs(20),
    cpu: Duration::from_secs(10),
    memory_bytes: 3 << 30,
    file_bytes: 256 << 20,
    output_bytes: 1 << 20,
};

/// A lab's file that compiled.
#[derive(Debug)]
pub struct Library {
    /// The folder that holds everything of it, and goes with it.
    folder: TempDir,
    /// How long the compiler took.
    pub duration: Duration,
    path: PathBuf,
    /// What programs are started with, or why there is none, once somebody asked.
    plug: Mutex<Option<Result<PathBuf, String>>>,
}

/// A program of a lab; its files go when this is dropped.
#[derive(Debug)]
pub struct Executable {
    runnable: Runnable,
    /// Its folder.
    _library: Library,
}

impl Executable {
    /// How it is run.
    #[must_use]
    pub fn runnable(&self) -> &Runnable {
        &self.runnable
    }
}

/// Why something does not compile, in the student's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What to tell the student.
    pub words: String,
    /// The compiler was stopped before it was done; on a quieter machine it might have been.
    pub was_stopped: bool,
}

impl Refusal {
    fn new(words: String, outcome: &Outcome) -> Self {
        Self { words, was_stopped: !matches!(outcome.ending, Ending::Exited(_)) }
    }
}

/// Builds `program` of `lab` from the file `source` of somebody: scanned first, as for a verdict. The inner error is what
/// the scan or the compiler says, in the student's terms.
///
/// # Errors
/// When the compiler cannot be run.
pub fn scanned_program(
    bench: &Workbench<'_>,
    lab: &Lab,
    source: &[u8],
    program: Program,
) -> Result<Result<Executable, String>, Fault> {
    let rejected = |refusal: &scan::Refusal| format!("{}.rs: {refusal}", lab.lab);
    match scan::scan(source) {
        Ok(_) => Ok(self::program(bench, lab, source, program)?.map_err(|refusal| refusal.words)),
        // What the scan cannot read is compiled to hear the compiler's words, and never linked or run.
        Err(refusal) if refusal.is_unreadable => Ok(Err(match library(bench, lab, source)? {
            Ok(_) => rejected(&refusal),
            Err(refusal) => refusal.words,
        })),
        Err(refusal) => Ok(Err(rejected(&refusal))),
    }
}

/// Builds `program` of `lab` from the file `source`.
///
/// # Errors
/// When the compiler cannot be run. That the file does not compile or fit is the inner error.
pub fn program(
    bench: &Workbench<'_>,
    lab: &Lab,
    source: &[u8],
    program: Program,
) -> Result<Result<Executable, Refusal>, Fault> {
    let library = match library(bench, lab, source)? {
        Ok(library) => library,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(link(bench, lab, &library, program)?.map(|runnable| Executable { runnable, _library: library }))
}

/// Compiles the file `source` of `lab`.
///
/// # Errors
/// When the compiler cannot be run. That the file does not compile is the inner error.
pub fn library(bench: &Workbench<'_>, lab: &Lab, source: &[u8]) -> Result<Result<Library, Refusal>, Fault> {
    let name = &lab.lab;
    let folder = bench.folder(name)?;
    // What was compiled with other flags cannot be reused, and must not be pushed out.
    let kept = keep(bench, name, if lab.budget { "labs-optimised" } else { "labs" })?;
    let sources = kept.folder().join("labs").join("src");
    fs::create_dir_all(&sources).map_err(Fault::file(&sources))?;
    let root = format!("#![no_std]\n#![forbid(unsafe_code)]\nextern crate alloc;\npub mod {name};\n");
    for (file, content) in [("lib", root.as_bytes()), (name, source)] {
        let path = sources.join(format!("{file}.rs"));
        fs::write(&path, content).map_err(Fault::file(&path))?;
    }
    let mut arguments = arguments("labs", LIBRARY, &kept);
    arguments.push("--crate-type=rlib".into());
    arguments.extend(lab_flags(lab).map(OsString::from));
    arguments.push(kept.incremental());
    // Where the course lies must not come into what is compiled.
    arguments.push(joined("--remap-path-prefix=", kept.folder(), "=."));
    arguments.extend(externs(bench, &["machine"]));
    arguments.push(joined("--sysroot=", &bench.sysroot.path, ""));
    arguments.push("labs/src/lib.rs".into());
    let walls = walls::around_source(bench, kept.folder());
    let outcome = rustc(bench, &kept, arguments, kept.folder(), Vec::new(), walls)?;
    Ok(match Diagnostics::of(&outcome, &COMPILER) {
        None => {
            let path = folder.path().join(LIBRARY);
            kept.hand_over(LIBRARY, &path)?;
            Ok(Library { folder, duration: outcome.duration, path, plug: Mutex::default() })
        }
        Some(diagnostics) if diagnostics.miss_any_of(&["machine"]) => return Err(stale(bench)),
        Some(diagnostics) => Err(Refusal::new(diagnostics.text(), &outcome)),
    })
}

/// Makes `program` of `lab` run a compiled submission; what is linked for it goes with the library.
///
/// # Errors
/// When the compiler cannot be run. That the submission does not fit is the inner error.
pub fn link(
    bench: &Workbench<'_>,
    lab: &Lab,
    library: &Library,
    program: Program,
) -> Result<Result<Runnable, Refusal>, Fault> {
    if let Some(runnable) = shelf::runnable(bench, lab, library, program)? {
        return Ok(Ok(runnable));
    }
    // A folder of its own: the linker has no business with the submission's source.
    let kept = keep(bench, &lab.lab, program.name())?;
    let file = format!("{}{}", program.name(), std::env::consts::EXE_SUFFIX);
    let outcome = compile(bench, lab, program, &library.path, &[], &kept, &file)?;
    Ok(match Diagnostics::of(&outcome, &COMPILER) {
        None => {
            let path = library.folder.path().join(&file);
            kept.hand_over(&file, &path)?;
            Ok(Runnable::alone(path))
        }
        Some(diagnostics) if diagnostics.miss_any_of(program.crates()) => return Err(stale(bench)),
        Some(diagnostics) => Err(Refusal::new(misfit::explain(lab, &diagnostics), &outcome)),
    })
}

/// Compiles the source of `program` of `lab` with the file `labs` as that crate, into the file `output` of `kept`.
fn compile(
    bench: &Workbench<'_>,
    lab: &Lab,
    program: Program,
    labs: &Path,
    flags: &[OsString],
    kept: &Kept,
    output: &str,
) -> Result<Outcome, Fault> {
    let layout = bench.layout;
    let source = program.source(layout, &lab.lab);
    fs::metadata(&source).map_err(Fault::file(&source))?;
    // The crate's name is the first part of a snapshot's name, and of nothing else.
    let mut arguments = arguments(&lab.lab, output, kept);
    arguments.extend(program.flags());
    if program != Program::Replay {
        arguments.push(kept.incremental());
    }
    arguments.extend_from_slice(flags);
    arguments.extend(externs(bench, program.crates()));
    arguments.extend(["--extern".into(), joined("labs=", labs, "")]);
    // Relative, so that panics in the tests name `labs/tests/<lab>.rs`.
    arguments.push(layout.relative(&source).into());
    arguments.extend(bench.linker_flags());
    let environment = package_environment(layout.root());
    let walls = walls::around_link(bench, Some(labs), &source, kept.folder());
    rustc(bench, kept, arguments, layout.root(), environment, walls)
}

impl Library {
    /// The shared library of it that programs of the shelf are started with, made when it is first asked for. The inner error is
    /// what the compiler says where the submission has not what the lab's plug names.
    fn plug(&self, bench: &Workbench<'_>, lab: &Lab) -> Result<Result<PathBuf, String>, Fault> {
        let mut plug = self.plug.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*plug {
            return Ok(made.clone());
        }
        let kept = keep(bench, &lab.lab, "plug")?;
        let source = bench.layout.plug_source(&lab.lab);
        let outcome = shared_library(bench, "plug", &source, Some(&self.path), &kept)?;
        let made = match Diagnostics::of(&outcome, &COMPILER) {
            None => {
                let path = self.folder.path().join(shelf::PLUG);
                kept.hand_over(shelf::PLUG, &path)?;
                Ok(path)
            }
            Some(diagnostics) => Err(diagnostics.text()),
        };
        Ok(plug.insert(made).clone())
    }
}

/// Makes of the file `source` a library that programs are started with, in `kept`; of a submission, if there are `labs`.
fn shared_library(
    bench: &Workbench<'_>,
    crate_name: &str,
    source: &Path,
    labs: Option<&Path>,
    kept: &Kept,
) -> Result<Outcome, Fault> {
    let mut arguments = arguments(crate_name, shelf::PLUG, kept);
    arguments.push("--crate-type=cdylib".into());
    arguments.extend(PLUG_FLAGS.map(OsString::from));
    arguments.push(kept.incremental());
    if let Some(labs) = labs {
        arguments.extend(externs(bench, &["machine", "testbench", "socket"]));
        arguments.extend(["--extern".into(), joined("labs=", labs, "")]);
    }
    arguments.push(bench.layout.relative(source).into());
    arguments.extend(bench.linker_flags());
    let walls = walls::around_link(bench, labs, source, kept.folder());
    rustc(bench, kept, arguments, bench.layout.root(), Vec::new(), walls)
}

/// The course's own crates were changed or removed while they were used: the next run builds them anew.
fn stale(bench: &Workbench<'_>) -> Fault {
    harness::forget(bench.layout);
    Fault::StaleHarness
}

/// What cargo would set: insta and rstest read it while they are expanded.
fn package_environment(root: &Path) -> Vec<(OsString, OsString)> {
    let folder = root.join("labs");
    vec![
        ("CARGO_MANIFEST_DIR".into(), folder.into()),
        ("CARGO_PKG_NAME".into(), "labs".into()),
        ("CARGO_CRATE_NAME".into(), "labs".into()),
    ]
}

/// All flags of `lab` as one text, for digests.
#[must_use]
pub fn all_flags(lab: &Lab) -> String {
    [&FLAGS[..], &lab_flags(lab), &HARNESS_FLAGS, &PLUG_FLAGS].concat().join(" ")
}

/// What every call of the compiler says; it writes the file `output` of the folder `kept`.
fn arguments(crate_name: &str, output: &str, kept: &Kept) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = FLAGS.iter().map(Into::into).collect();
    arguments.extend(["--crate-name".into(), crate_name.into()]);
    arguments.extend(["-o".into(), kept.output(output).into()]);
    arguments
}

/// The folder in which `what` of `lab` was compiled before, or a new one.
fn keep(bench: &Workbench<'_>, lab: &str, what: &str) -> Result<Kept, Fault> {
    Kept::take(&bench.layout.work_dir().join("incremental").join(lab).join(what))
}

fn externs(bench: &Workbench<'_>, names: &[&str]) -> Vec<OsString> {
    let mut arguments = Vec::new();
    arguments.push(joined("-Ldependency=", &bench.harness.folder, ""));
    for name in names {
        if let Some(path) = bench.harness.libraries.get(*name) {
            arguments.extend(["--extern".into(), joined(&format!("{name}="), path, "")]);
        }
    }
    arguments
}

fn joined(before: &str, path: &Path, after: &str) -> OsString {
    let mut text = OsString::from(before);
    text.push(path);
    text.push(after);
    text
}

fn rustc(
    bench: &Workbench<'_>,
    kept: &Kept,
    arguments: Vec<OsString>,
    folder: &Path,
    mut environment: Vec<(OsString, OsString)>,
    walls: Walls,
) -> Result<Outcome, Fault> {
    environment.extend(bench.harness.toolchain.environment(kept.folder()));
    let outcome = bench.run(&Job {
        program: &bench.harness.toolchain.rustc,
        arguments,
        environment,
        folder,
        input: &[],
        limits: COMPILER,
        walls,
    })?;
    if !matches!(outcome.ending, Ending::Exited(0 | 1)) {
        kept.forget();
    }
    Ok(outcome)
}
