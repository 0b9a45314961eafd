//! Words that pages, tables and feedback share.

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
