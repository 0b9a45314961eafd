//! Similar submissions of a gradebook's labs: the skeleton is what was given.

use crate::intake::LabFile;
use crate::layout::Layout;
use crate::similarity::{Given, Pair, Source as Text, WORTH_A_LOOK, similar};
use crate::skeleton;

use super::{ReportError, Source};

/// Most pairs of a lab that are shown.
const PAIRS: usize = 30;

/// The pairs of one lab.
#[derive(Debug)]
pub(super) struct Lookalikes {
    pub(super) lab: String,
    pub(super) pairs: Vec<Pair>,
    /// Pairs beyond those that are shown.
    pub(super) left_out: usize,
}

/// The pairs of each lab of `source` that are worth a look; labs without any are left out.
pub(super) fn find(source: &Source<'_>, layout: &Layout) -> Result<Vec<Lookalikes>, ReportError> {
    let mut found = Vec::new();
    for lab in &source.labs {
        let skeleton = if layout.has_solutions() {
            skeleton::solved(layout, lab)?.solved_up_to(0)
        } else {
            std::fs::read_to_string(layout.lab_source(lab)).unwrap_or_default()
        };
        let mut texts = Vec::new();
        for student in source.gradebook.students()? {
            if let Some(LabFile::Source(bytes)) = source.gradebook.files(&student.id)?.remove(lab)
                && let Ok(text) = String::from_utf8(bytes)
            {
                texts.push((student.id, text));
            }
        }
        let texts: Vec<_> = texts.iter().map(|(student, text)| Text { student, text }).collect();
        let mut pairs = similar(&Given::new(&[&skeleton]), &texts, WORTH_A_LOOK);
        let left_out = pairs.len().saturating_sub(PAIRS);
        pairs.truncate(PAIRS);
        if !pairs.is_empty() {
            found.push(Lookalikes { lab: lab.clone(), pairs, left_out });
        }
    }
    Ok(found)
}
