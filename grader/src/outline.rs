//! The course at a glance: labs, criteria, points, what has passed so far, scenarios (`grader list`).

use tabled::builder::Builder;
use tabled::settings::object::{Columns, Rows};
use tabled::settings::style::HorizontalLine;
use tabled::settings::{Alignment, Padding, Style, Width};

use crate::colour::{Look, Tone};
use crate::course::{Course, Criterion, Lab};
use crate::journal::Journal;
use crate::report::words::{folded, points};

/// Columns that points need.
const POINTS_WIDTH: usize = 6;
/// Columns of a date.
const DATE_WIDTH: usize = 10;

/// `labs` of `course` as a table, with what the `journal` knows of them; all labs where none is named.
#[must_use]
pub fn render(course: &Course, journal: &Journal, labs: &[String], look: &Look) -> String {
    let wanted = |lab: &&Lab| labs.is_empty() || labs.contains(&lab.lab);
    let mut builder = Builder::default();
    builder.push_record(["lab and criteria", "points", "passed", "scenarios"]);
    // Two spaces stand after each column but the last.
    let rest = look.width.saturating_sub(POINTS_WIDTH + DATE_WIDTH + 6);
    let (left, right) = (rest / 2, rest - rest / 2);
    for lab in course.labs.iter().filter(wanted) {
        let title = folded(&format!("{}: {}", lab.lab, lab.title), left, 2);
        let done = format!("{} of {}", journal.green_count(course, lab), lab.criteria.len());
        builder.push_record([title, points(lab.max_score()), done, folded(&needs(lab), right, 0)]);
        for criterion in &lab.criteria {
            let since = journal.green_since(course, lab, criterion);
            // The day says enough; the file knows the second.
            let day = since.map_or_else(String::new, |time| time.to_string().chars().take(10).collect());
            let scenarios = folded(&scenarios(criterion), right, 0);
            let heading = folded(&heading(criterion), left, 5);
            builder.push_record([heading, points(criterion.points), day, scenarios]);
        }
    }
    let mut table = builder.build();
    table
        .with(Style::empty().horizontals([(1, HorizontalLine::new(look.rule()))]))
        .with(Padding::new(0, 2, 0, 0))
        .modify(Columns::first(), Width::increase(left))
        .modify(Columns::last(), Padding::zero())
        .modify(Columns::one(1), Alignment::right());
    if let Some(colour) = look.cell(Tone::Quiet) {
        table.modify(Rows::first(), colour);
    }
    let lines: Vec<_> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    format!("{}\n\n{}\n", look.paint(Tone::Strong, &course.title), lines.join("\n"))
}

fn heading(criterion: &Criterion) -> String {
    let extra = if criterion.extra { " (extra credit)" } else { "" };
    format!("  {}. {}{extra}", criterion.step, criterion.name)
}

fn needs(lab: &Lab) -> String {
    match lab.after.as_slice() {
        [] => String::new(),
        labs => format!("(after {})", labs.join(", ")),
    }
}

fn scenarios(criterion: &Criterion) -> String {
    let mut parts = criterion.scenarios.clone();
    let generated: u32 = criterion.generated.values().sum();
    if generated > 0 {
        parts.push(format!("{generated} generated"));
    }
    if !criterion.cases.is_empty() {
        parts.push("tests".to_owned());
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labs_criteria_points_and_scenarios_fit_in_80_columns() {
        let text = "
title: Virtual memory labs
labs:
  - lab: page_table
    title: One table, one level
    chapter: page_table.md
    types: [LinearPageTable]
    criteria:
      - name: Translates every address of a page that is mapped, and no other one
        step: 1
        points: 92.5
        cases: ['split::*']
        scenarios: [two-pages-one-frame, last-byte-of-the-last-page, one-beyond]
        generated: { random-maps: 20 }
      - { name: Prints the table, step: 2, points: 5, extra: true, cases: [printed] }
";
        let course = Course::parse("course.yaml", text.to_owned()).unwrap();
        let mut journal = Journal::default();
        journal.note(
            &crate::journal::tests::full("page_table", "Prints the table"),
            jiff::Timestamp::UNIX_EPOCH,
        );
        let shown = render(&course, &journal, &[], &Look::PLAIN);
        assert!(shown.lines().all(|line| line.len() <= 80), "{shown}");
        insta::assert_snapshot!("outline", shown);
        let other = render(&course, &journal, &["tlb".to_owned()], &Look::PLAIN);
        assert!(!other.contains("page_table"), "{other}");
    }
}
