//! What a gradebook knows from files of an earlier run, and this run's files do not say ([`check`]).
//!
//! Keeping it in silence would be wrong as often as losing it: the time of an earlier submission is not that of the one
//! which lies in the folder now. So a run that would take names or times out of a gradebook is refused, until it is given the
//! file again: as it was, or corrected.

use super::plan::Plan;
use super::run::ClassOptions;
use crate::gradebook::{Gradebook, GradebookError};
use crate::report::words::{counted, few};

/// Looks whether what `book` knows of its students would be lost.
///
/// # Errors
/// When it would be, because a file that an earlier run was given was not given to this one.
pub(super) fn check(book: &Gradebook, plan: &Plan, options: &ClassOptions) -> Result<(), GradebookError> {
    let differs = |has: String, wants: &str, advice: &str| GradebookError::Differs {
        path: book.path().to_path_buf(),
        has,
        wants: wants.to_owned(),
        advice: advice.to_owned(),
    };
    if options.roster.is_none() {
        let on_roster = book.students()?.iter().filter(|student| student.on_roster).count();
        if on_roster > 0 {
            let advice = "give --roster again, as it was or corrected: without it the names, and what tables need, would be \
                          taken out of the gradebook";
            return Err(differs(format!("a roster of {}", counted(on_roster, "student")), "none", advice));
        }
    }
    // Who gives times says with them which are gone.
    if options.submitted.is_none() {
        let lost = lost_times(book, plan)?;
        if !lost.is_empty() {
            let advice = "give --submitted again, as it was or corrected: without it nothing would be taken off for being \
                          late; a time that is wrong is left out of that file";
            let has = format!("times of submission for {}", few(&lost));
            return Err(differs(has, "none for them", advice));
        }
    }
    Ok(())
}

/// Whose time the gradebook knows, and nothing that was given to this run says.
fn lost_times(book: &Gradebook, plan: &Plan) -> Result<Vec<String>, GradebookError> {
    let mut lost = Vec::new();
    for planned in plan.submissions.iter().filter(|planned| planned.submitted_at.is_none()) {
        let earlier = book.entry_without_labs(&planned.student)?;
        if earlier.is_some_and(|entry| entry.submitted_at.is_some()) {
            lost.push(planned.student.clone());
        }
    }
    Ok(lost)
}
