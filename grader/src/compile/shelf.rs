//! Probe and cases of each lab, built once and started with the library of whichever submission is to be judged.
//!
//! They are compiled from the same sources as for one submission alone, but with the crate `socket` in the place of `labs`;
//! its first lines tell how that works. A submission then costs a compilation of its own file and a link of little more than that
//! file, where its tests took most of the time before (`cargo bench -p grader --bench class`).
//!
//! ```text
//! programs/<lab>/probe, cases           the programs
//! programs/<lab>/probe.digest, ...      of what they were built
//! programs/stub-<compiler>/liblabs.so   stands for a submission while they are linked and tried
//! ```
//!
//! A program is tried in the sandbox before it is used. Where it does not start (another system, a standard library that is
//! not shared, a path that the loader cannot have), programs are linked with each submission as they always can be.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::course::Lab;
use crate::fault::Fault;
use crate::files;
use crate::hash::Hasher;
use crate::process::Ending;
use crate::sandbox::ProcessLimits;
use crate::workbench::Workbench;

use super::diagnostics::Diagnostics;
use super::{COMPILER, Library, Program, Runnable, compile, joined, keep};

/// The file name of a submission's shared library, by which the loader finds it.
pub(super) const PLUG: &str = "liblabs.so";
/// The library that stands for one: nobody calls it.
const STUB: &str = "#[unsafe(no_mangle)]\npub fn submission() -> ! {\n    std::process::abort()\n}\n";

/// What a program that is tried may use; it is only asked for its tests.
const TRIAL: ProcessLimits = ProcessLimits {
    wall: Duration::from_secs(10),
    cpu: Duration::from_secs(2),
    memory_bytes: 256 << 20,
    file_bytes: 0,
    output_bytes: 1 << 20,
};

/// A program of the shelf, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shelved {
    /// Ready to be started with a submission's library.
    Ready(PathBuf),
    /// It cannot be had on this machine, or the lab has no plug.
    NotHere,
    /// Its source does not compile with the crate `socket`: what the compiler says.
    Misfit(String),
}

type Slot = Arc<Mutex<Option<Shelved>>>;

/// What a workbench knows of the shelf.
#[derive(Debug, Default)]
pub struct Shelf {
    slots: Mutex<BTreeMap<(String, Program), Slot>>,
    is_closed: bool,
}

impl Shelf {
    /// A shelf that nothing is taken from, as where nothing can be had.
    #[must_use]
    pub fn closed() -> Self {
        Self { is_closed: true, ..Self::default() }
    }

    fn slot(&self, lab: &str, program: Program) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry((lab.to_owned(), program)).or_default().clone()
    }
}

/// `program` of `lab`, started with the library of a submission; none where it has to be linked with it.
pub(super) fn runnable(
    bench: &Workbench<'_>,
    lab: &Lab,
    library: &Library,
    program: Program,
) -> Result<Option<Runnable>, Fault> {
    let (Shelved::Ready(path), Some(std)) = (shelved(bench, lab, program)?, shared_std(bench)) else {
        return Ok(None);
    };
    // Compiled with the submission, a program tells what is missing, in the student's terms.
    let plug = library.plug(bench, lab)?.ok();
    Ok(plug.map(|plug| Runnable { program: path, libraries: vec![plug, std] }))
}

/// Why `source`, which is right, cannot be judged by the lab's programs of the shelf, where that is no matter of the machine:
/// what the compiler says.
///
/// # Errors
/// When the compiler cannot be run.
pub fn misfit(bench: &Workbench<'_>, lab: &Lab, source: &[u8]) -> Result<Option<String>, Fault> {
    for program in [Program::Probe, Program::Cases] {
        match shelved(bench, lab, program)? {
            Shelved::Misfit(words) => return Ok(Some(words)),
            Shelved::NotHere => return Ok(None),
            Shelved::Ready(_) => {}
        }
    }
    match super::library(bench, lab, source)? {
        Ok(library) => Ok(library.plug(bench, lab)?.err()),
        Err(refusal) => Ok(Some(refusal.words)),
    }
}

/// The program `program` of `lab`, built and tried if nobody has yet.
///
/// # Errors
/// When the compiler cannot be run.
pub fn shelved(bench: &Workbench<'_>, lab: &Lab, program: Program) -> Result<Shelved, Fault> {
    let slot = bench.shelf().slot(&lab.lab, program);
    // Whoever else wants it waits for it.
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shelved) = &*slot {
        return Ok(shelved.clone());
    }
    let shelved = take_or_build(bench, lab, program)?;
    Ok(slot.insert(shelved).clone())
}

fn take_or_build(bench: &Workbench<'_>, lab: &Lab, program: Program) -> Result<Shelved, Fault> {
    let plug = bench.layout.plug_source(&lab.lab);
    let is_to_be_had = !bench.shelf().is_closed && program != Program::Replay && plug.is_file();
    let Some(std) = shared_std(bench).filter(|_| is_to_be_had) else {
        return Ok(Shelved::NotHere);
    };
    let folder = bench.layout.programs_dir().join(&lab.lab);
    let path = folder.join(program.name());
    let note = folder.join(format!("{}.digest", program.name()));
    let digest = digest(bench, lab, program)?;
    let is_built = path.is_file() && fs::read_to_string(&note).is_ok_and(|text| text == digest);
    let Some(stub) = stub(bench)? else { return Ok(Shelved::NotHere) };
    if !is_built {
        fs::create_dir_all(&folder).map_err(Fault::file(&folder))?;
        // Whoever ends this run between the two must not leave a new program with an old digest.
        let _ = fs::remove_file(&note);
        if let Err(words) = build(bench, lab, program, &stub, &path)? {
            return Ok(Shelved::Misfit(words));
        }
        files::write_whole(&note, &digest).map_err(Fault::file(&note))?;
    }
    let tried = Runnable { program: path, libraries: vec![stub, std] };
    let nowhere = bench.folder("trial")?;
    let outcome = bench.run(&tried.job(&["--list"], nowhere.path(), &[], TRIAL))?;
    // A probe finds no scenario, and says so by this code.
    let starts = matches!(outcome.ending, Ending::Exited(0 | 2));
    Ok(if starts { Shelved::Ready(tried.program) } else { Shelved::NotHere })
}

/// Everything that the program is built of.
fn digest(bench: &Workbench<'_>, lab: &Lab, program: Program) -> Result<String, Fault> {
    let source = program.source(bench.layout, &lab.lab);
    let mut hasher = Hasher::new("program");
    hasher.text("harness", &bench.harness.digest);
    hasher.text("flags", &super::all_flags(lab));
    hasher.file(&source).map_err(Fault::file(&source))?;
    Ok(hasher.finish())
}

/// Compiles the program into the file `path`; the inner error is what the compiler says.
fn build(
    bench: &Workbench<'_>,
    lab: &Lab,
    program: Program,
    stub: &Path,
    path: &Path,
) -> Result<Result<(), String>, Fault> {
    let Some(socket) = bench.harness.libraries.get("socket") else {
        return Ok(Err("the harness has no crate `socket`".to_owned()));
    };
    let kept = keep(bench, &lab.lab, &format!("{}-for-all", program.name()))?;
    // The linker sees its own folder: what it is to find goes there.
    fs::copy(stub, kept.output(PLUG)).map_err(Fault::file(stub))?;
    let flags: [OsString; 3] =
        ["-Cprefer-dynamic".into(), joined("-Lnative=", kept.folder(), ""), "-ldylib=labs".into()];
    let outcome = compile(bench, lab, program, socket, &flags, &kept, program.name())?;
    match Diagnostics::of(&outcome, &COMPILER) {
        None => kept.hand_over(program.name(), path).map(Ok),
        Some(diagnostics) if diagnostics.miss_any_of(program.crates()) => Err(super::stale(bench)),
        Some(diagnostics) => Ok(Err(diagnostics.text())),
    }
}

/// A library that stands for a submission's; none where it cannot be linked.
fn stub(bench: &Workbench<'_>) -> Result<Option<PathBuf>, Fault> {
    let name = format!("stub-{}", bench.harness.toolchain.short_name());
    let folder = bench.layout.programs_dir().join(name);
    let path = folder.join(PLUG);
    if path.is_file() {
        return Ok(Some(path));
    }
    fs::create_dir_all(&folder).map_err(Fault::file(&folder))?;
    let kept = keep(bench, "stub", "plug")?;
    let source = kept.output("stub.rs");
    fs::write(&source, STUB).map_err(Fault::file(&source))?;
    let outcome = super::shared_library(bench, "stub", &source, None, &kept)?;
    if Diagnostics::of(&outcome, &COMPILER).is_some() {
        return Ok(None);
    }
    kept.hand_over(PLUG, &path)?;
    Ok(Some(path))
}

/// The standard library as a shared one, where the compiler has it and the loader can be told where.
fn shared_std(bench: &Workbench<'_>) -> Option<PathBuf> {
    bench.harness.toolchain.shared_std().filter(|_| cfg!(target_os = "linux"))
}
