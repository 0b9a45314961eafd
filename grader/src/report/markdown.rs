//! The report as Markdown, for step summaries and issues: the table of points, then one section a failing lab.

use crate::course::Lab;
use crate::verdict::{Diagnosis, Kind, LabReport, LabVerdict, Report, Verdict};

use super::words::{self, harmless, points};
use super::{Context, failure, sides};
use crate::colour::Look;

/// `report` as Markdown.
#[must_use]
pub fn render(report: &Report, context: &Context<'_>) -> String {
    let mut text = format!(
        "## {}: {} of {} points\n\n| lab | criterion | result | points |\n|---|---|---|---:|\n",
        cell(&context.course.title),
        points(report.score),
        points(report.max_score)
    );
    text += &rows(report);
    for graded in &report.labs {
        if let Some(lab) = context.course.lab(&graded.lab) {
            text += &section(lab, graded);
        }
    }
    if !report.flags.is_empty() {
        text.push('\n');
    }
    for flag in &report.flags {
        text += &format!("- {}\n", cell(flag));
    }
    text += &format!(
        "\nSubmission {}, seed {}, sandbox {}\n",
        cell(&report.submission),
        report.seed,
        cell(&report.sandbox)
    );
    text
}

/// The rows of the table of points: each lab, and below it its criteria.
pub(crate) fn rows(report: &Report) -> String {
    let mut text = String::new();
    for graded in &report.labs {
        text += &format!(
            "| **{}** | | {} | **{}/{}** |\n",
            cell(&graded.lab),
            words::lab_verdict(graded.verdict),
            points(graded.score),
            points(graded.max_score)
        );
        for criterion in &graded.criteria {
            let (_, result) = match graded.verdict {
                LabVerdict::DoesNotCompile | LabVerdict::Rejected | LabVerdict::Missing => {
                    (crate::colour::Tone::Quiet, "not judged".to_owned())
                }
                _ => words::criterion(&criterion.name, &graded.cases),
            };
            text += &format!(
                "| | {} | {result} | {}/{} |\n",
                cell(&criterion.name),
                points(criterion.score),
                points(criterion.max_score)
            );
        }
    }
    text
}

fn section(lab: &Lab, graded: &LabReport) -> String {
    if !graded.diagnostics.is_empty() {
        let title = words::lab_verdict(graded.verdict);
        return format!("\n### {}: {title}\n\n{}", lab.lab, fenced(&graded.diagnostics));
    }
    let begun = |failure: &failure::Failure<'_>| failure.item.verdict != Verdict::NotStarted;
    let Some(failure) = failure::first(lab, graded).filter(begun) else {
        return String::new();
    };
    let (item, criterion) = (failure.item, failure.criterion);
    let mut text = format!(
        "\n### {}, step {}: {}\n\n{}: {}\n",
        lab.lab,
        criterion.step,
        cell(&criterion.name),
        words::verdict(item.verdict),
        cell(&words::item(item))
    );
    if item.kind == Kind::Hidden {
        return text + &questions(graded);
    }
    if let Some(difference) = &item.difference {
        let shown = sides::render(difference, &Look::PLAIN, "");
        text += &format!("({})\n\n{}", cell(&difference.title), fenced(&shown));
    }
    if !item.message.is_empty() && !words::is_told_by_lines(item) {
        text += &format!("\n{}", fenced(&item.message));
    }
    text + &questions(graded)
}

/// What the failures of the lab look like, as questions.
pub(crate) fn questions(graded: &LabReport) -> String {
    let question = |diagnosis: &Diagnosis| {
        let sure = words::sureness(diagnosis.sure);
        format!("\n{sure} the question: *{}*\n", cell(&diagnosis.question))
    };
    graded.diagnosis.iter().map(question).collect()
}

/// `text` as one cell: what Markdown or HTML would act on is escaped.
pub(crate) fn cell(text: &str) -> String {
    let mut shown = String::new();
    for c in harmless(text).chars() {
        match c {
            '\n' => shown.push(' '),
            '<' => shown.push_str("&lt;"),
            '&' => shown.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown
}

/// `text` as a code block whose fence is longer than any run of backticks within.
pub(crate) fn fenced(text: &str) -> String {
    let text = harmless(text.trim_end());
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}
