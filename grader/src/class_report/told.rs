//! Words that pages, tables and feedback share.

use crate::course::policy::Lateness;
use crate::gradebook::State;

/// What became of a submission, in words.
pub(super) fn state(state: Option<&State>) -> String {
    match state {
        None => "nothing handed in".to_owned(),
        Some(State::Waiting) => "waiting to be graded".to_owned(),
        Some(State::Graded) => "graded".to_owned(),
        Some(State::Refused(reason)) => format!("could not be graded: {reason}"),
    }
}

/// What being late meant, in words; nothing for who was in time.
pub(crate) fn lateness(lateness: &Lateness) -> Option<String> {
    let Lateness { days, excused, percent, .. } = lateness;
    if *days == 0 {
        return None;
    }
    let days = crate::report::words::counted(*days as usize, "day");
    let grace = match excused {
        0 => String::new(),
        excused => format!(", {} of grace", crate::report::words::counted(*excused as usize, "day")),
    };
    Some(format!("{days} late{grace}: {} % off", crate::report::words::points(*percent)))
}
