//! Hostile submissions on a real lab: each file in `attacks/` says what it intends, which layer stops it, and how it ends.
//!
//! ```text
//! // intent: end with exit code 0        what whoever sends it hopes for
//! // layer: scan                         scan, compiler, process or judge: what stops it; none for the control
//! // verdict: rejected                   of the lab as a whole
//! // says: `std`                         words that the report must hold
//! // whole file                          stands alone; else it is put into the untouched lab, which calls `attack`
//! ```
//!
//! The untouched lab earns nothing, so that every point is a forged one. After each attack the host is looked at: no new
//! file, no process left, no control character in the report, and not too much time gone. What a program with the whole
//! standard library tries, past scan and compiler, is in `escapes.rs`; archives and folders are in `intake/tests.rs`.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use grader::compile;
use grader::course::Course;
use grader::grade::grade_on;
use grader::harness::Harness;
use grader::intake::{LabFile, Submission};
use grader::layout::Layout;
use grader::progress::Silent;
use grader::sandbox::{Sandbox, Tier};
use grader::skeleton::regions::Solved;
use grader::verdict::{CaseResult, LabVerdict, Report, Verdict};
use grader::workbench::Workbench;

const LAB: &str = "page_table";
/// A compiler may take 20 s, a lab's processes the second that is set here, and this machine its time.
const PATIENCE: Duration = Duration::from_secs(60);

struct Attack {
    name: String,
    layer: String,
    verdict: String,
    says: String,
    source: Vec<u8>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn layout() -> Layout {
    Layout::at(&root()).unwrap()
}

/// The untouched lab, which calls `attack` wherever something is to be done.
fn host() -> String {
    let path = root().join("solutions/src").join(format!("{LAB}.rs"));
    let text = fs::read_to_string(&path).unwrap();
    let untouched = Solved::parse(&path, &text).unwrap().solved_up_to(0);
    assert!(untouched.contains("todo!("));
    untouched.replace("todo!(", "attack();\n        todo!(")
}

fn attacks() -> Vec<Attack> {
    let host = host();
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join("grader/tests/attacks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "rs"));
    paths.sort();
    paths.iter().map(|path| attack(path, &host)).collect()
}

fn attack(path: &Path, host: &str) -> Attack {
    let bytes = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let (head, _) = text.split_once("\n\n").expect("an empty line ends the head");
    let entry = |key: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(&format!("// {key}:")));
        line.unwrap_or_else(|| panic!("{name} does not say its {key}")).trim().to_owned()
    };
    let body = &bytes[bytes.windows(2).position(|two| two == b"\n\n").unwrap() + 2..];
    let alone = head.lines().any(|line| line == "// whole file");
    let source = if alone { body.to_vec() } else { [host.as_bytes(), b"\n", body].concat() };
    assert!(!entry("intent").is_empty());
    Attack { layer: entry("layer"), verdict: entry("verdict"), says: entry("says"), source, name }
}

/// A workbench in that tier, and the lab's course with little time, so that loops end soon.
struct Range<'a> {
    bench: Workbench<'a>,
    course: Course,
}

impl<'a> Range<'a> {
    fn new(layout: &'a Layout, tier: Tier) -> Self {
        let harness = Harness::ready(layout, &Silent).unwrap();
        let sandbox = Sandbox::of_tier(harness.shim.clone(), tier).unwrap();
        let bench = Workbench::in_sandbox(layout, harness, sandbox).unwrap();
        let mut course = Course::load(&layout.course_yaml()).unwrap();
        course.labs.retain(|lab| lab.lab == LAB);
        course.labs[0].limits.wall_ms = 400;
        course.labs[0].limits.lab_cpu_ms = 1500;
        Self { bench, course }
    }

    fn grade(&self, attack: &Attack) -> Report {
        // What is graded for the first time is not taken from the cache.
        let stamp = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let mut source = attack.source.clone();
        if attack.name != "n07_empty" {
            source.extend(format!("\n// {stamp}\n").into_bytes());
        }
        let submission = Submission {
            name: attack.name.clone(),
            files: BTreeMap::from([(LAB.to_owned(), LabFile::Source(source))]),
            ignored: Vec::new(),
            root: None,
            is_single_file: true,
        };
        grade_on(&self.bench, &self.course, &submission, &[], 7, &Silent).unwrap()
    }
}

/// What is wrong with how `attack` ended; nothing as a rule.
fn complaints(attack: &Attack, range: &Range<'_>) -> Vec<String> {
    let before = host_files();
    let started = Instant::now();
    let report = range.grade(attack);
    let lab = &report.labs[0];
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            wrong.push(format!("{}: {what}", attack.name));
        }
    };
    let verdict = serde_json::to_value(lab.verdict).unwrap();
    let messages: BTreeSet<&str> = lab.cases.iter().map(|item| item.message.as_str()).collect();
    let told = format!("{:?} {messages:?} {}", report.flags, lab.diagnostics);
    must(report.score == 0.0, format!("{} forged points", report.score));
    // On a busy machine an item may meet the clock first: that is no point either, and says something else.
    let met_the_clock = |item: &CaseResult| matches!(item.verdict, Verdict::TimedOut | Verdict::NotRun);
    let is_late = lab.cases.iter().any(met_the_clock);
    let as_expected = verdict == attack.verdict.as_str();
    let late = is_late && attack.verdict == "not_started" && verdict == "failed";
    must(as_expected || late, format!("{verdict} and not {}: {told}", attack.verdict));
    must(is_late || told.contains(&attack.says), format!("nobody says {}: {told}", attack.says));
    let control = |text: &str| text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    must(
        !lab.cases.iter().any(|item| control(&item.message)),
        "control characters leave the grader".to_owned(),
    );
    must(!control(&lab.diagnostics), "control characters leave the grader".to_owned());
    let hidden = lab.cases.iter().filter(|item| item.kind == grader::verdict::Kind::Hidden);
    let hushed = hidden.into_iter().all(|item| item.message.is_empty() || !item.message.contains("HIDDEN"));
    must(hushed, "a hidden scenario's input leaves the grader".to_owned());
    must(started.elapsed() < PATIENCE, format!("took {:?}", started.elapsed()));
    must(host_files() == before, "the course has other files than before".to_owned());
    let left = processes_of(range.bench.scratch());
    must(left.is_empty(), format!("processes are left: {left:?}"));
    wrong
}

/// The course's own files, without what builds make.
fn host_files() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root(), root().join("labs"), root().join("labs/src"), root().join("labs/tests")];
    folders
        .extend(["solutions/src", "fixtures", "fixtures/testbench/probes"].map(|folder| root().join(folder)));
    for folder in folders {
        found.extend(fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    found
}

/// Processes that run a program below `folder` or were told of it.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let commands = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    commands
        .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
        .filter(|line| line.contains(folder))
        .collect()
}

/// Grades all `attacks`, two at a time.
fn all_end_as_expected(attacks: &[Attack], tier: Tier) {
    let layout = layout();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let range = Range::new(&layout, tier);
                while let Some(attack) = attacks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    wrong.lock().unwrap().extend(complaints(attack, &range));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_attack_ends_as_expected() {
    let attacks = attacks();
    assert!(attacks.len() >= 80);
    all_end_as_expected(&attacks, Tier::Full);
}

#[test]
fn what_reaches_a_process_ends_alike_in_a_container() {
    let mut attacks = attacks();
    attacks.retain(|attack| matches!(attack.layer.as_str(), "process" | "judge" | "none"));
    assert!(attacks.len() >= 14);
    all_end_as_expected(&attacks, Tier::Container);
}

/// The attack of that name, compiled without the scan; the compiler's words where it refuses.
fn compiled_unscanned(name: &str, tier: Tier, with_std: bool) -> Result<(), String> {
    let layout = layout();
    let mut range = Range::new(&layout, tier);
    if with_std {
        range.bench.sysroot = grader::sysroot::Sysroot::whole(&range.bench.harness.toolchain);
    }
    let attack = attacks().into_iter().find(|attack| attack.name == name).unwrap();
    assert!(grader::scan::scan(&attack.source).is_err(), "the scan stops it");
    let compiled = compile::library(&range.bench, &range.course.labs[0], &attack.source).unwrap();
    compiled.map(drop).map_err(|refusal| refusal.words)
}

#[test]
fn control_of_the_scan_a_naked_function_compiles_without_it() {
    assert_eq!(compiled_unscanned("f03_naked_exit", Tier::Full, false), Ok(()));
    assert_eq!(compiled_unscanned("f04_naked_by_macro", Tier::Full, false), Ok(()));
}

#[test]
fn control_of_the_trimmed_library_std_compiles_with_the_whole_one() {
    assert_eq!(compiled_unscanned("f01_extern_std", Tier::Full, true), Ok(()));
    let words = compiled_unscanned("f01_extern_std", Tier::Full, false).unwrap_err();
    assert!(words.contains("can't find crate for `std`"), "{words}");
}

#[test]
fn control_of_the_compilers_walls_a_file_is_included_without_them() {
    assert_eq!(compiled_unscanned("r12_doc_include", Tier::Limits, false), Ok(()));
    for tier in [Tier::Container, Tier::Full] {
        let words = compiled_unscanned("r12_doc_include", tier, false).unwrap_err();
        assert!(words.contains("couldn't read `/etc/passwd`"), "{words}");
    }
}

#[test]
fn control_the_solved_lab_passes_in_every_tier() {
    let layout = layout();
    let source = fs::read(layout.solution_source(LAB)).unwrap();
    let solved = |name: &str| Attack {
        name: name.to_owned(),
        layer: String::new(),
        verdict: String::new(),
        says: String::new(),
        source: source.clone(),
    };
    for tier in [Tier::Limits, Tier::Container, Tier::Full] {
        let mut range = Range::new(&layout, tier);
        range.course = Course::load(&layout.course_yaml()).unwrap();
        let report = range.grade(&solved("solved"));
        assert_eq!(
            (report.labs[0].verdict, report.sandbox.as_str()),
            (LabVerdict::Passed, tier.name()),
            "{report:#?}"
        );
    }
}
