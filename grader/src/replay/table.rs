//! Replays as a table: a row for each number of frames, a column for each policy.

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Style};

use crate::colour::{Look, Tone};
use crate::report::words::{counted, folded, harmless};

use super::{Replay, Row, Subject, TlbShape};

/// `replay` for a person: misses, and what they are of all references; and what could not be replayed, with the reason.
#[must_use]
pub fn table(replay: &Replay, look: &Look) -> String {
    let title = harmless(&replay.trace);
    let about = format!("{} to {}", counted(replay.references, "reference"), counted(replay.pages, "page"));
    let mut text = format!("{}  {about}\n", look.paint(Tone::Strong, &title));
    let frames = replay.frame_counts();
    if !frames.is_empty() {
        text += &policies(replay, &frames);
    }
    let tlbs: Vec<(TlbShape, &Row)> = replay.results.iter().filter_map(tlb).collect();
    if !tlbs.is_empty() {
        text += &tlb_table(replay, &tlbs);
    }
    for problem in problems(replay) {
        text += &format!("\n{}\n", folded(&harmless(&problem), look.width, 2));
    }
    text
}

fn tlb(row: &Row) -> Option<(TlbShape, &Row)> {
    match row.subject {
        Subject::Tlb(shape) => Some((shape, row)),
        Subject::Policy { .. } => None,
    }
}

fn policies(replay: &Replay, frames: &[u32]) -> String {
    let policies = replay.policies();
    let mut builder = Builder::default();
    let names = policies.iter().map(|policy| policy.name().to_owned());
    builder.push_record(std::iter::once("frames".to_owned()).chain(names));
    for &count in frames {
        let cells = policies.iter().map(|&policy| cell(replay, replay.misses(policy, count)));
        builder.push_record(std::iter::once(count.to_string()).chain(cells));
    }
    drawn(builder)
}

fn tlb_table(replay: &Replay, rows: &[(TlbShape, &Row)]) -> String {
    let mut builder = Builder::default();
    builder.push_record(["sets x ways", "entries", "misses"]);
    for (shape, row) in rows {
        let entries = u64::from(shape.sets) * u64::from(shape.ways);
        let misses = row.costs.as_ref().ok().map(|costs| costs.misses);
        builder.push_record([shape.to_string(), entries.to_string(), cell(replay, misses)]);
    }
    drawn(builder)
}

fn drawn(builder: Builder) -> String {
    let mut table = builder.build();
    table.with(Style::blank()).modify(Columns::new(..), Alignment::right());
    format!("{table}\n")
}

/// Misses, and which part of the references they are.
fn cell(replay: &Replay, misses: Option<u64>) -> String {
    misses.map_or_else(|| "-".to_owned(), |misses| format!("{misses} {:>7}", percent(replay.ratio(misses))))
}

/// A ratio in percent, with two digits that count.
pub(super) fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    let digits = match percent {
        p if p >= 10.0 || p == 0.0 => 1,
        p if p >= 0.1 => 2,
        _ => 3,
    };
    format!("{percent:.digits$}%")
}

/// Every reason why something was not replayed, once, with whom it concerns.
fn problems(replay: &Replay) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for row in &replay.results {
        let Err(reason) = &row.costs else { continue };
        let who = match row.subject {
            Subject::Policy { policy, .. } => policy.name(),
            Subject::Tlb(_) => "TLB",
        };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, names)) if names.contains(&who) => {}
            Some((_, names)) => names.push(who),
            None => reasons.push((reason.clone(), vec![who])),
        }
    }
    reasons.into_iter().map(|(reason, names)| format!("{}: {reason}", names.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::sample;

    #[test]
    fn a_row_for_each_number_of_frames_and_every_reason_once() {
        insta::assert_snapshot!(table(&sample(), &Look::PLAIN));
    }

    #[test]
    fn ratios_keep_two_digits_that_count() {
        assert_eq!([0.5, 0.0123, 0.00006, 0.0].map(percent), ["50.0%", "1.23%", "0.006%", "0.0%"]);
    }
}
