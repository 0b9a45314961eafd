//! What a run works with: the course, its harness, the sandbox, a scratch folder, and a slot for each core.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

use crate::compile::shelf::Shelf;
use crate::diagnosis::Mistakes;
use crate::fault::Fault;
use crate::harness::Harness;
use crate::interrupt::Scratch;
use crate::layout::Layout;
use crate::process::{self, Job, Outcome};
use crate::progress::Progress;
use crate::sandbox::Sandbox;
use crate::sysroot::Sysroot;

/// Whose code is compiled and run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The user's: the working tree's labs, the course's solutions. Limits are enough, and walls would cost a student 3 ms a
    /// process.
    Own,
    /// Anybody's: it gets the strongest walls that work here.
    Stranger(Strangers),
}

/// Where a stranger's code may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strangers {
    /// Behind walls that keep it from the user's files, or not at all.
    #[default]
    Walled,
    /// Also where this machine has no such walls: the user said so (`--allow-weak-sandbox`).
    Anywhere,
}

impl Whose {
    /// Whose code `submission` is; none means the working tree's.
    #[must_use]
    pub fn of(submission: Option<&Path>, layout: &Layout, strangers: Strangers) -> Self {
        match submission {
            Some(path) if !layout.is_own_code(path) => Self::Stranger(strangers),
            _ => Self::Own,
        }
    }
}

/// Everything that compiling and judging needs.
#[derive(Debug)]
pub struct Workbench<'a> {
    /// Where the course's files are.
    pub layout: &'a Layout,
    /// What submissions are linked against.
    pub harness: Harness,
    /// The standard library that submissions are compiled with.
    pub sysroot: Sysroot,
    sandbox: Sandbox,
    scratch: Scratch,
    slots: Slots,
    shelf: Shelf,
    mistakes: OnceLock<Mistakes>,
}

impl<'a> Workbench<'a> {
    /// Makes everything ready for code of `whose`.
    ///
    /// # Errors
    /// When the harness does not build, programs cannot be limited, or the walls are too weak for a stranger's.
    pub fn ready(layout: &'a Layout, whose: Whose, progress: &dyn Progress) -> Result<Self, Fault> {
        let harness = Harness::ready(layout, progress)?;
        Self::with_harness(layout, harness, whose)
    }

    /// As [`Workbench::ready`], with a harness that is already known to be up to date.
    ///
    /// # Errors
    /// When programs cannot be limited, the walls are too weak for a stranger's, or the scratch folder cannot be made.
    pub fn with_harness(layout: &'a Layout, harness: Harness, whose: Whose) -> Result<Self, Fault> {
        let shim = harness.shim.clone();
        let sandbox = match whose {
            Whose::Own => Sandbox::for_own_code(shim)?,
            Whose::Stranger(_) => Sandbox::probe(shim)?,
        };
        if whose == Whose::Stranger(Strangers::Walled) {
            sandbox.for_strangers()?;
        }
        Self::in_sandbox(layout, harness, sandbox)
    }

    /// As [`Workbench::with_harness`], in a sandbox that was probed already.
    ///
    /// # Errors
    /// When the scratch folder cannot be made, or the compiler cannot be run.
    pub fn in_sandbox(layout: &'a Layout, harness: Harness, sandbox: Sandbox) -> Result<Self, Fault> {
        let folder = layout.work_dir().join("work");
        let scratch = Scratch::new(&folder).map_err(Fault::file(&folder))?;
        let sysroot = Sysroot::trimmed(&layout.work_dir(), &harness.toolchain)?;
        let slots = Slots::new(cores());
        let (shelf, mistakes) = (Shelf::default(), OnceLock::new());
        let mut bench = Self { layout, harness, sysroot, sandbox, scratch, slots, shelf, mistakes };
        bench.sysroot = bench.sysroot.clone().or_whole(&bench)?;
        Ok(bench)
    }

    /// A new folder, whose name begins with `name`; it goes when this is dropped.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> Result<TempDir, Fault> {
        let parent = self.scratch.path();
        let prefix = format!("{name}-");
        tempfile::Builder::new().prefix(&prefix).tempdir_in(parent).map_err(Fault::file(parent))
    }

    /// Where all of this workbench's folders are.
    #[must_use]
    pub fn scratch(&self) -> &Path {
        self.scratch.path()
    }

    /// Runs a program as soon as a core is free: its time counts from its start.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn run(&self, job: &Job<'_>) -> Result<Outcome, Fault> {
        let _slot = self.slots.take();
        Ok(process::run(&self.sandbox, job)?)
    }

    /// The same where no program is built once for all: each is linked with its submission.
    #[must_use]
    pub fn without_shelf(self) -> Self {
        Self { shelf: Shelf::closed(), ..self }
    }

    /// What is known of the programs that are built once.
    pub(crate) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The course's known mistakes, read when they are first asked for.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn mistakes(&self) -> Result<&Mistakes, Fault> {
        if let Some(mistakes) = self.mistakes.get() {
            return Ok(mistakes);
        }
        let read = Mistakes::load(self.layout)?;
        Ok(self.mistakes.get_or_init(|| read))
    }

    /// Where programs are put.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Flags that make rustc link with what works behind these walls.
    #[must_use]
    pub fn linker_flags(&self) -> Option<OsString> {
        let own_linker = self.harness.toolchain.host() == "x86_64-unknown-linux-gnu";
        // rustc's default there since 1.90; elsewhere the flag is not known.
        (own_linker && !self.sandbox.linker_sees_itself()).then(|| "-Clinker-features=-lld".into())
    }
}

/// How many programs may run at once.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does `work` on each of `items`, as many at once as there are cores; the results keep the items' order.
///
/// # Errors
/// The first fault of any of them.
pub fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, Fault> + Sync,
) -> Result<Vec<R>, Fault> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<Vec<(usize, R)>, Fault> {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match items.get(index) {
                Some(item) => done.push((index, work(item)?)),
                None => return Ok(done),
            }
        }
    };
    let workers = cores().min(items.len().max(1));
    let mut done = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let mut all = Vec::new();
        for thread in threads {
            let stopped = |_| Fault::Stopped("an item".to_owned());
            all.extend(thread.join().map_err(stopped)??);
        }
        Ok::<_, Fault>(all)
    })?;
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// As many permits as there are cores: more programs than cores would slow each other down and time out.
#[derive(Debug)]
struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
}

struct Slot<'a>(&'a Slots);

impl Slots {
    fn new(count: usize) -> Self {
        Self { free: Mutex::new(count), freed: Condvar::new() }
    }

    fn take(&self) -> Slot<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let none_free = |free: &mut usize| *free == 0;
        let waited = self.freed.wait_while(free, none_free);
        *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
        Slot(self)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
