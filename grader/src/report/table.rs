//! The report for a person: what is done, the first thing that fails in each lab, and one next step.
//!
//! Calm on purpose: a lab that has passed or has not been begun is one line, only what is being worked on unfolds.

use tabled::builder::Builder;
use tabled::settings::object::{Cell, Columns, Rows};
use tabled::settings::style::HorizontalLine;
use tabled::settings::{Alignment, Modify, Padding, Style, Width};

use crate::colour::{Look, Tone};
use crate::course::{Course, Lab};
use crate::verdict::{CaseResult, Diagnosis, Kind, LabReport, LabVerdict, Report, Verdict};

use super::words::{self, folded, harmless, points};
use super::{Context, Origin, failure, sides};

/// Lines of the compiler's words, or of a message, that are shown; the rest is in the JSON.
const LINES_SHOWN: usize = 24;

/// What is said when nothing is left to do.
const ALL_DONE: &str = "everything that was graded has passed";

/// `report` for a terminal or a text file.
#[must_use]
pub fn render(report: &Report, context: &Context<'_>) -> String {
    let look = &context.look;
    let mut text = heading(report, context);
    text += &grid(report, context);
    for graded in &report.labs {
        if let Some(lab) = context.course.lab(&graded.lab) {
            text += &trouble(lab, graded, look);
        }
    }
    for flag in &report.flags {
        let note = folded(&format!("note: {}", harmless(flag)), look.width, 6);
        text += &format!("\n{}\n", note.replacen("note:", &look.paint(Tone::Soft, "note:"), 1));
    }
    text += &next_step(report, context);
    text
}

fn heading(report: &Report, context: &Context<'_>) -> String {
    let look = &context.look;
    let title = &context.course.title;
    let total = format!("{} of {} points", points(report.score), points(report.max_score));
    let used = title.chars().count() + total.chars().count() + 1;
    let gap = " ".repeat(look.width.saturating_sub(used).max(2));
    let about =
        format!("{}  (seed {}, sandbox {})", harmless(&report.submission), report.seed, report.sandbox);
    format!(
        "{}{gap}{}\n{}\n\n",
        look.paint(Tone::Strong, title),
        look.paint(Tone::Strong, &total),
        look.paint(Tone::Quiet, &folded(&about, look.width, 2))
    )
}

/// One row of the table: its cells and how good its result is.
struct Row {
    name: String,
    tone: Tone,
    result: String,
    points: String,
}

fn grid(report: &Report, context: &Context<'_>) -> String {
    let look = &context.look;
    let rows = rows(report, context);
    let widest = |cell: fn(&Row) -> &str, heading: &str| {
        let widths = rows.iter().map(|row| cell(row).chars().count());
        widths.max().unwrap_or(0).max(heading.len())
    };
    // The result has its mark and a space before it; two spaces separate the columns.
    let others = widest(|row| &row.result, "result") + 2 + widest(|row| &row.points, "points") + 4;
    let name_width = look.width.saturating_sub(others).max(20);
    let mut builder = Builder::default();
    builder.push_record(["lab and criteria", "result", "points"]);
    for row in &rows {
        let result = format!("{} {}", look.mark(row.tone), row.result);
        builder.push_record([folded(&row.name, name_width, 5), result, row.points.clone()]);
    }
    let mut table = builder.build();
    table
        .with(Style::empty().horizontals([(1, HorizontalLine::new(look.rule()))]))
        .with(Padding::new(0, 2, 0, 0))
        .modify(Columns::first(), Width::increase(name_width))
        .modify(Columns::last(), Padding::zero())
        .modify(Columns::last(), Alignment::right());
    for (index, row) in rows.iter().enumerate() {
        if let Some(colour) = look.cell(row.tone) {
            table.with(Modify::new(Cell::new(index + 1, 1)).with(colour));
        }
    }
    if let Some(colour) = look.cell(Tone::Quiet) {
        table.with(Modify::new(Rows::first()).with(colour));
    }
    let lines: Vec<_> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

fn rows(report: &Report, context: &Context<'_>) -> Vec<Row> {
    let next = failure::next(context.course, report);
    let mut rows = Vec::new();
    for graded in &report.labs {
        let lab = context.course.lab(&graded.lab);
        rows.push(Row {
            name: match lab {
                Some(lab) => format!("{}: {}", lab.lab, lab.title),
                None => graded.lab.clone(),
            },
            tone: words::lab_tone(graded.verdict),
            result: words::lab_verdict(graded.verdict).to_owned(),
            points: of(graded.score, graded.max_score),
        });
        let is_next = next.as_ref().is_some_and(|next| next.lab == graded.lab);
        let unfolds = match graded.verdict {
            LabVerdict::Partial | LabVerdict::Failed => true,
            LabVerdict::NotStarted => is_next,
            LabVerdict::Passed => report.labs.len() == 1,
            LabVerdict::DoesNotCompile | LabVerdict::Rejected | LabVerdict::Missing => false,
        };
        if unfolds {
            rows.extend(criteria(lab, graded));
        }
    }
    rows
}

fn criteria(lab: Option<&Lab>, graded: &LabReport) -> Vec<Row> {
    let row = |criterion: &crate::verdict::CriterionReport| {
        let known = lab.and_then(|lab| lab.criterion(&criterion.name));
        let step = known.map_or_else(String::new, |known| format!("{}. ", known.step));
        let extra = if known.is_some_and(|known| known.extra) { " (extra credit)" } else { "" };
        let (tone, result) = words::criterion(&criterion.name, &graded.cases);
        Row {
            name: format!("  {step}{}{extra}", criterion.name),
            tone,
            result,
            points: of(criterion.score, criterion.max_score),
        }
    };
    graded.criteria.iter().map(row).collect()
}

fn of(score: f64, max_score: f64) -> String {
    format!("{}/{}", points(score), points(max_score))
}

/// What stands in the way of one lab: the compiler's words, or the first failure.
fn trouble(lab: &Lab, graded: &LabReport, look: &Look) -> String {
    if !graded.diagnostics.is_empty() {
        let title = format!("{}: {}", lab.lab, words::lab_verdict(graded.verdict));
        return format!("\n{}\n{}", look.paint(Tone::Strong, &title), indented(&graded.diagnostics, "  "));
    }
    match failure::first(lab, graded) {
        // What has not been started is no trouble, the next step names it; a `todo!` in something begun is.
        Some(failure) if failure.item.verdict != Verdict::NotStarted || is_begun(&failure, graded) => {
            first_failure(lab, &failure, look) + &questions(graded, look)
        }
        _ => String::new(),
    }
}

/// Whether something of the failure's criterion has passed.
fn is_begun(failure: &failure::Failure<'_>, graded: &LabReport) -> bool {
    let passed =
        |case: &&CaseResult| case.criterion == failure.item.criterion && case.verdict == Verdict::Passed;
    graded.cases.iter().any(|case| passed(&case))
}

fn first_failure(lab: &Lab, failure: &failure::Failure<'_>, look: &Look) -> String {
    let (item, criterion) = (failure.item, failure.criterion);
    let title = format!("{}, step {}: {}", lab.lab, criterion.step, criterion.name);
    let mut text = format!("\n{}\n", look.paint(Tone::Strong, &title));
    let verdict = look.paint(Tone::Bad, words::verdict(item.verdict));
    let name = harmless(&words::item(item));
    match &item.difference {
        Some(difference) if item.kind != Kind::Hidden => {
            let title = harmless(&difference.title);
            text += &format!("  {verdict}: {name}, \"{title}\"\n");
            text += &sides::render(difference, look, "    ");
        }
        _ => text += &format!("  {verdict}: {name}\n"),
    }
    if item.kind == Kind::Hidden {
        text += "    no visible item of this criterion is wrong: which case does its chapter name\n    \
                 that none of them plays?\n";
    } else if !item.message.is_empty() && !words::is_told_by_lines(item) {
        // The two lines have said already what is wrong.
        let lines = item.message.lines().map(|line| folded(line, look.width.saturating_sub(4), 4));
        text += &indented(&lines.collect::<Vec<_>>().join("\n"), "    ");
    }
    let chapter = crate::score::source_of(lab.chapter_of(criterion));
    text += &look.paint(Tone::Quiet, &format!("    chapter: {chapter}"));
    text.push('\n');
    text
}

/// What the failures of the lab look like, as questions.
fn questions(graded: &LabReport, look: &Look) -> String {
    let question = |diagnosis: &Diagnosis| {
        let sure = words::sureness(diagnosis.sure);
        let line = format!("    {sure} the question: \"{}\"", harmless(&diagnosis.question));
        look.paint(Tone::Soft, &folded(&line, look.width, 6)) + "\n"
    };
    graded.diagnosis.iter().map(question).collect()
}

/// `text` with each line indented, cut after [`LINES_SHOWN`] lines.
fn indented(text: &str, indent: &str) -> String {
    let text = harmless(text.trim_end());
    let count = text.lines().count();
    let mut shown = String::new();
    for line in text.lines().take(LINES_SHOWN) {
        shown += format!("{indent}{line}").trim_end();
        shown.push('\n');
    }
    if count > LINES_SHOWN {
        shown += &format!("{indent}({} more lines: --format json has them all)\n", count - LINES_SHOWN);
    }
    shown
}

/// What stands in the way and what to do next, without the table: for who sees the criteria elsewhere.
pub(crate) fn explanation(report: &Report, context: &Context<'_>) -> String {
    let of = |graded: &LabReport| Some(trouble(context.course.lab(&graded.lab)?, graded, &context.look));
    let troubles: String = report.labs.iter().filter_map(of).collect();
    match failure::next(context.course, report) {
        Some(next) => troubles + &task(&next, &context.look),
        None => troubles + &format!("\n{}\n", context.look.paint(Tone::Good, ALL_DONE)),
    }
}

fn next_step(report: &Report, context: &Context<'_>) -> String {
    let look = &context.look;
    let Some(next) = failure::next(context.course, report) else {
        return all_done(report, context.course, look);
    };
    if context.origin == Origin::HandedIn {
        return String::new();
    }
    task(&next, look) + &format!("  {:<5}  {}\n", "check", command_for(&next.lab))
}

/// The next thing to do: where to read about it and where to write it.
fn task(next: &failure::Next, look: &Look) -> String {
    let file = file_of(&next.lab);
    let (what, lines) = if let Some(obstacle) = next.obstacle {
        (format!("next: {}, {obstacle}", next.lab), vec![("edit", file)])
    } else {
        let place = if next.untouched {
            format!("where it says todo!(\"step {}: ...\")", next.step)
        } else {
            format!("step {}", next.step)
        };
        let what = format!("next: {}, step {}: {}", next.lab, next.step, next.criterion);
        let read = ("read", next.chapter.clone());
        (what, vec![read, ("edit", format!("{file}, {place}"))])
    };
    let mut text = format!("\n{}\n", look.paint(Tone::Strong, &what));
    for (verb, object) in lines {
        text += &format!("  {verb:<5}  {object}\n");
    }
    text
}

fn file_of(lab: &str) -> String {
    format!("labs/src/{lab}.rs")
}

fn command_for(lab: &str) -> String {
    format!("cargo grader --lab {lab}")
}

fn all_done(report: &Report, course: &Course, look: &Look) -> String {
    if report.labs.is_empty() {
        return String::new();
    }
    let graded = |name: &str| report.labs.iter().any(|lab| lab.lab == name);
    let done = look.paint(Tone::Good, ALL_DONE);
    match course.labs.iter().find(|lab| !graded(&lab.lab)) {
        Some(other) => format!("\n{done}; next lab: {}\n", command_for(&other.lab)),
        None => format!("\n{done}\n"),
    }
}
