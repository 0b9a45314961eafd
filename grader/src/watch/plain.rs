//! The watch in lines, where there is no terminal or none is wanted: one block for each save.

use std::io::{self, Write};

use crate::colour::Look;
use crate::course::Course;
use crate::layout::Layout;
use crate::report::words::{self, points};
use crate::report::{Context, Origin, table};
use crate::verdict::{LabReport, Report};

use super::model::{Action, Model};
use super::{Done, Event, Session, Told};

/// Watches until the reader of `out` or the user leaves; `first` is the lab to begin with.
///
/// # Errors
/// When `out` cannot be written.
pub fn run(
    layout: &Layout,
    course: &Course,
    look: Look,
    first: Option<&str>,
    out: &mut impl Write,
) -> io::Result<()> {
    let session = Session::start(layout, course);
    let mut model = Model::new(layout, course, look, first);
    let context = Context { course, look, origin: Origin::OwnTree };
    let mut action = Some(model.judge());
    let mut lines = Lines::default();
    loop {
        match action.take() {
            Some(Action::Run(number, job)) => {
                lines = Lines { number, has_limit: false };
                session.ask(number, job);
            }
            Some(Action::Quit) => return Ok(()),
            Some(Action::Edit { .. } | Action::Reset(_)) | None => {}
        }
        let Ok(event) = session.events.recv() else {
            return Ok(());
        };
        if matches!(event, Event::Stopped) {
            return Err(io::Error::other("a part of the grader stopped"));
        }
        let text = lines.of(&event, &model.lab().lab, &context);
        let text = if look.is_terminal { look.shown(&text) } else { text };
        out.write_all(text.as_bytes()).and_then(|()| out.flush())?;
        action = model.hear(event);
    }
}

/// What was told of the run with a number.
#[derive(Debug, Default)]
struct Lines {
    number: u64,
    has_limit: bool,
}

impl Lines {
    /// What an event is worth telling.
    fn of(&mut self, event: &Event, lab: &str, context: &Context<'_>) -> String {
        match event {
            Event::Saved(saved) => format!("\n== {saved}: saved\n"),
            Event::Told(number, _) | Event::Done(number, _) if *number != self.number => String::new(),
            Event::Told(_, Told::Compiled) => format!("{lab}: compiles\n"),
            Event::Told(_, told) if !self.has_limit => {
                let told = told.limit();
                self.has_limit = told.is_some();
                told.map_or_else(String::new, |words| format!("{lab}: {words}\n"))
            }
            Event::Done(_, Done::Graded { report, .. }) => graded(report, context),
            Event::Done(_, Done::Fault(words)) => format!("{words}\n"),
            _ => String::new(),
        }
    }
}

fn graded(report: &Report, context: &Context<'_>) -> String {
    let mut text = String::new();
    for lab in &report.labs {
        let look = &context.look;
        let tone = words::lab_tone(lab.verdict);
        let verdict = look.paint(tone, words::lab_verdict(lab.verdict));
        text +=
            &format!("{}: {verdict}, {} of {} points\n", lab.lab, points(lab.score), points(lab.max_score));
        text += &criteria(lab, look);
    }
    text + &table::explanation(report, context)
}

fn criteria(lab: &LabReport, look: &Look) -> String {
    let row = |criterion: &crate::verdict::CriterionReport| {
        let (tone, result) = words::criterion(&criterion.name, &lab.cases);
        let mark = look.paint(tone, look.mark(tone));
        format!("  {mark} {}: {}\n", criterion.name, look.paint(tone, &result))
    };
    // Nothing was judged, and the compiler's words are what matters.
    if lab.cases.is_empty() { String::new() } else { lab.criteria.iter().map(row).collect() }
}
