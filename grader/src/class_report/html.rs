//! The report as pages: `index.html` for the class, `students/ID.html` for each student. Each page holds all it needs, so it
//! opens from a disk without a network.
//!
//! What a submission printed and how a student is called comes from outside: the templates escape all of it, and the pages'
//! Content-Security-Policy runs no script but the page's own and loads nothing.

use std::collections::BTreeMap;
use std::path::Path;

use askama::Template;

use crate::formats::told as safe;
use crate::gradebook::{Entry, LabEntry};
use crate::layout::Layout;
use crate::report::words::{self, counted, points};
use crate::similarity::Pair;
use crate::text;
use crate::verdict::{Diagnosis, Kind, LabReport, Verdict};

use super::lookalikes::{self, Lookalikes};
use super::names::Names;
use super::statistics::{ItemSum, MistakeSum, Statistics, middle};
use super::{Line, ReportError, Source, late, told, write};

/// SHA-256 of the one script of these pages, as browsers compare it; whoever changes `templates/class.js` changes this. A browser
/// that finds another one runs nothing, and says so (`book/e2e/report.mjs`).
pub(crate) const SCRIPT_HASH: &str = "sha256-E7EYUfxHh/4kpF0AJRfe0vUDZASLdVZ6TqzrZ9QIndo=";
/// The folder with the students' pages, beside `index.html`.
const STUDENTS: &str = "students";
/// Most bytes of one text on a page.
const TEXT_BYTES: usize = 16 << 10;

#[derive(Template)]
#[template(path = "class.html")]
struct ClassPage {
    title: String,
    back: Option<&'static str>,
    facts: Vec<(&'static str, String)>,
    bars: Vec<BarRow>,
    labs: Vec<LabRow>,
    criteria: Vec<CriterionRow>,
    hardest: Vec<ItemRow>,
    mistakes: Vec<MistakeRow>,
    lookalikes: Vec<LookalikesRows>,
    columns: Vec<String>,
    students: Vec<StudentRow>,
}

#[derive(Template)]
#[template(path = "student.html")]
struct StudentPage {
    title: String,
    back: Option<&'static str>,
    facts: Vec<(&'static str, String)>,
    flags: Vec<String>,
    labs: Vec<LabSection>,
}

struct BarRow {
    name: String,
    count: usize,
    /// Width of the bar in percent of the longest one.
    width: usize,
}

struct LabRow {
    lab: String,
    handed_in: usize,
    mean: String,
    median: String,
    passed: usize,
    not_started: usize,
    unjudged: usize,
}

struct CriterionRow {
    lab: String,
    criterion: String,
    /// Points reached in percent of those that could be.
    percent: usize,
    full: usize,
    some: usize,
    none: usize,
}

struct ItemRow {
    lab: String,
    item: String,
    kind: &'static str,
    criterion: String,
    passed: String,
    percent: usize,
    not_started: usize,
}

struct MistakeRow {
    lab: String,
    mistake: String,
    students: usize,
    question: String,
}

struct LookalikesRows {
    lab: String,
    left_out: usize,
    pairs: Vec<PairRow>,
}

struct PairRow {
    one: String,
    other: String,
    percent: usize,
    passages: Vec<String>,
}

struct StudentRow {
    id: String,
    name: String,
    section: String,
    /// `None` where no page was made.
    page: Option<String>,
    state: String,
    /// Points of each column's lab; empty where there are none.
    labs: Vec<String>,
    score: String,
    days_late: u32,
    flags: usize,
}

struct LabSection {
    lab: String,
    title: String,
    verdict: &'static str,
    points: String,
    late: Option<String>,
    diagnostics: String,
    /// What it looks like, and the question that would lead there.
    diagnosis: Vec<(String, String)>,
    criteria: Vec<(String, String, String)>,
    failures: Vec<Failure>,
}

struct Failure {
    name: String,
    criterion: String,
    verdict: &'static str,
    text: String,
}

/// Writes the pages to `folder`; the number of students' pages.
///
/// # Errors
/// When the gradebook cannot be read or a page cannot be written.
pub fn write_all(source: &Source<'_>, layout: &Layout, folder: &Path) -> Result<usize, ReportError> {
    let mut names = Names::default();
    let mut statistics = Statistics::default();
    let mut students = Vec::new();
    let mut pages = 0;
    source.for_each(|line, entry| {
        let name = format!("{STUDENTS}/{}.html", names.name(&line.student.id));
        if let (Some(entry), Some(score)) = (&entry, line.score) {
            statistics.add(entry, score);
        }
        if let Some(entry) = &entry {
            write(&folder.join(&name), &rendered(&student_page(source, &line, entry))?)?;
            pages += 1;
        }
        students.push(student_row(source, &line, entry.is_some().then_some(name)));
        Ok(())
    })?;
    let lookalikes = lookalikes::find(source, layout)?;
    let page = class_page(source, &statistics, students, lookalikes);
    write(&folder.join("index.html"), &rendered(&page)?)?;
    Ok(pages)
}

fn rendered(page: &impl Template) -> Result<String, ReportError> {
    page.render().map_err(|error| ReportError::Template(error.to_string()))
}

fn class_page(
    source: &Source<'_>,
    statistics: &Statistics,
    students: Vec<StudentRow>,
    lookalikes: Vec<Lookalikes>,
) -> ClassPage {
    let hardest = statistics.hardest().into_iter().map(|(lab, item, sum)| item_row(lab, item, sum)).collect();
    ClassPage {
        title: shown(&source.meta.title),
        back: None,
        facts: class_facts(source, statistics, &students),
        bars: bars(statistics, source.max_score()),
        labs: source.labs.iter().map(|lab| lab_row(statistics, lab)).collect(),
        criteria: criteria(source, statistics),
        hardest,
        mistakes: statistics.mistakes().into_iter().map(mistake_row).collect(),
        lookalikes: lookalikes.into_iter().map(lookalikes_rows).collect(),
        columns: source.labs.clone(),
        students,
    }
}

fn class_facts(
    source: &Source<'_>,
    statistics: &Statistics,
    students: &[StudentRow],
) -> Vec<(&'static str, String)> {
    let handed_in = students.iter().filter(|student| student.page.is_some()).count();
    let mut facts = vec![
        ("Students", students.len().to_string()),
        ("Handed in", handed_in.to_string()),
        ("Graded", statistics.graded().to_string()),
        ("Points to reach", points(source.max_score())),
    ];
    if let Some((mean, median)) = statistics.middle() {
        facts.push(("Mean", points(mean)));
        facts.push(("Median", points(median)));
    }
    let flagged = students.iter().filter(|student| student.flags > 0).count();
    facts.push(("With notes to read", flagged.to_string()));
    facts.push(("Seed", source.meta.seed.to_string()));
    facts
}

fn bars(statistics: &Statistics, max_score: f64) -> Vec<BarRow> {
    let bars = statistics.histogram(max_score);
    let longest = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
    let last = bars.len().saturating_sub(1);
    let row = |(at, bar): (usize, &super::statistics::Bar)| BarRow {
        name: if at == last {
            format!("{} % and more", bar.from)
        } else {
            format!("{} to {} %", bar.from, bars[at + 1].from)
        },
        count: bar.count,
        width: bar.count * 100 / longest,
    };
    bars.iter().enumerate().map(row).collect()
}

fn lab_row(statistics: &Statistics, lab: &str) -> LabRow {
    let sum = statistics.lab(lab);
    let (mean, median) = match middle(&sum.scores) {
        Some((mean, median)) => (points(mean), points(median)),
        None => (String::new(), String::new()),
    };
    LabRow {
        lab: lab.to_owned(),
        handed_in: sum.scores.len(),
        mean,
        median,
        passed: sum.passed,
        not_started: sum.not_started,
        unjudged: sum.unjudged,
    }
}

fn criteria(source: &Source<'_>, statistics: &Statistics) -> Vec<CriterionRow> {
    let of_lab = |lab: &String| {
        let criteria = source.course.lab(lab).map(|lab| lab.criteria.as_slice()).unwrap_or_default();
        let row = |criterion: &crate::course::Criterion| {
            let sum = statistics.criterion(lab, &criterion.name);
            CriterionRow {
                lab: lab.clone(),
                criterion: format!("{}. {}", criterion.step, criterion.name),
                percent: percent(sum.score, sum.max_score),
                full: sum.full,
                some: sum.some,
                none: sum.none,
            }
        };
        criteria.iter().map(row).collect::<Vec<_>>()
    };
    source.labs.iter().flat_map(of_lab).collect()
}

fn item_row(lab: &str, item: &str, sum: &ItemSum) -> ItemRow {
    ItemRow {
        lab: lab.to_owned(),
        item: shown(item),
        kind: match sum.kind {
            Kind::Case => "test",
            Kind::Scenario => "scenario",
            Kind::Hidden => "hidden scenario",
        },
        criterion: sum.criterion.clone(),
        passed: format!("{} of {}", sum.passed, sum.tried),
        percent: sum.passed * 100 / sum.tried.max(1),
        not_started: sum.not_started,
    }
}

fn mistake_row((lab, mistake, sum): (&str, &str, &MistakeSum)) -> MistakeRow {
    MistakeRow {
        lab: lab.to_owned(),
        mistake: shown(mistake).replace('_', " "),
        students: sum.students,
        question: shown(&sum.question),
    }
}

fn lookalikes_rows(found: Lookalikes) -> LookalikesRows {
    let lines = |range: &std::ops::RangeInclusive<usize>| format!("{}–{}", range.start(), range.end());
    let row = |pair: Pair| PairRow {
        one: shown(&pair.one),
        other: shown(&pair.other),
        percent: percent(pair.score, 1.0),
        passages: pair
            .passages
            .iter()
            .map(|passage| format!("{} and {}", lines(&passage.one), lines(&passage.other)))
            .collect(),
    };
    LookalikesRows {
        lab: found.lab,
        left_out: found.left_out,
        pairs: found.pairs.into_iter().map(row).collect(),
    }
}

fn student_row(source: &Source<'_>, line: &Line, page: Option<String>) -> StudentRow {
    let lab = |lab: &String| line.labs.get(lab).map_or_else(String::new, |lab| points(lab.score));
    StudentRow {
        id: shown(&line.student.id),
        name: shown(&line.student.name),
        section: shown(&line.student.section),
        page,
        state: shown(&told::state(line.state.as_ref())),
        labs: source.labs.iter().map(lab).collect(),
        score: line.score.map_or_else(String::new, points),
        days_late: line.days_late,
        flags: line.flags.len(),
    }
}

fn student_page(source: &Source<'_>, line: &Line, entry: &Entry) -> StudentPage {
    let student = &line.student;
    let mut facts = vec![
        ("Points", format!("{} of {}", points(entry.score()), points(entry.max_score()))),
        ("Id", shown(&student.id)),
        ("Submission", shown(&entry.name)),
        ("State", shown(&told::state(line.state.as_ref()))),
    ];
    let times = [("Handed in", late::handed_in(source, entry)), ("Due", late::due(source, entry))];
    facts.extend(times.into_iter().filter_map(|(name, fact)| Some((name, fact?))));
    if !student.section.is_empty() {
        facts.push(("Section", shown(&student.section)));
    }
    if !student.on_roster {
        facts.push(("Roster", "not on it".to_owned()));
    }
    facts.push(("Sandbox", entry.sandbox.clone()));
    // A sentence, so it has a line of its own below the short ones.
    facts.extend(late::cost(source, entry).map(|cost| ("Late", cost)));
    StudentPage {
        title: shown(if student.name.is_empty() { &student.id } else { &student.name }),
        back: Some("../index.html"),
        facts,
        flags: line.flags.iter().map(|flag| shown(flag)).collect(),
        labs: entry.labs.iter().map(|lab| lab_section(source, lab)).collect(),
    }
}

fn lab_section(source: &Source<'_>, lab: &LabEntry) -> LabSection {
    let report = &lab.report;
    let criterion = |criterion: &crate::verdict::CriterionReport| {
        let (_, result) = match safe::obstacle(report) {
            Some(obstacle) => (crate::colour::Tone::Quiet, obstacle.to_owned()),
            None => words::criterion(&criterion.name, &report.cases),
        };
        let title = safe::title(source.course, &report.lab, criterion);
        (title, result, format!("{} of {}", points(criterion.score), points(criterion.max_score)))
    };
    LabSection {
        lab: report.lab.clone(),
        title: source.course.lab(&report.lab).map_or_else(String::new, |lab| lab.title.clone()),
        verdict: words::lab_verdict(report.verdict),
        points: format!("{} of {}", points(lab.final_score()), points(report.max_score)),
        late: late::of_lab(lab),
        diagnostics: safe::diagnostics(report, TEXT_BYTES),
        diagnosis: report.diagnosis.iter().map(looks_like).collect(),
        criteria: report.criteria.iter().map(criterion).collect(),
        failures: failures(report),
    }
}

fn looks_like(diagnosis: &Diagnosis) -> (String, String) {
    (shown(&diagnosis.mistake).replace('_', " "), shown(&diagnosis.question))
}

/// What is wrong, item by item; hidden scenarios have nothing to tell but how many there are, so a criterion's are one.
fn failures(report: &LabReport) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut hidden: BTreeMap<(String, &'static str), usize> = BTreeMap::new();
    for item in safe::items(report, TEXT_BYTES) {
        let verdict = words::verdict(item.verdict);
        match item.verdict {
            Verdict::Passed | Verdict::NotStarted => {}
            _ if item.kind == Kind::Hidden => *hidden.entry((item.criterion, verdict)).or_default() += 1,
            _ => failures.push(Failure {
                name: item.name,
                criterion: item.criterion,
                verdict,
                text: item.text,
            }),
        }
    }
    let of_criterion = |((criterion, verdict), count)| Failure {
        name: counted(count, "hidden scenario"),
        criterion,
        verdict,
        text: String::new(),
    };
    failures.extend(hidden.into_iter().map(of_criterion));
    failures
}

/// One harmless line; the templates escape it.
fn shown(line: &str) -> String {
    text::clean_line(line, 300)
}

/// A part of a whole in percent, rounded down, so that 100 means all.
fn percent(part: f64, whole: f64) -> usize {
    let hundredths = if whole > 0.0 { (part / whole * 100.0 + 1e-9).clamp(0.0, 100.0) } else { 0.0 };
    (0..=100).rev().find(|at| hundredths >= *at as f64).unwrap_or(0)
}

/// The number of pages in words.
#[must_use]
pub fn pages(count: usize) -> String {
    counted(count, "student's page").replace("student's pages", "students' pages")
}
