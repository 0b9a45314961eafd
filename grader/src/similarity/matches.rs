//! Shared fingerprints of two files, grown together to passages that a person can read.

use super::Passage;
use super::fingerprints::Fingerprints;

/// Lines between two shared runs that still belong to one passage.
const GAP: usize = 2;
/// Most passages of a pair; who has seen so many has seen enough.
const PASSAGES: usize = 12;

/// The passages that two files share, the longest first.
pub(super) fn passages(one: &Fingerprints, other: &Fingerprints) -> Vec<Passage> {
    let lines = |hash| Some((one.lines_of(hash)?, other.lines_of(hash)?));
    let mut shared: Vec<_> = one.hashes().filter_map(lines).collect();
    shared.sort_unstable();
    let mut passages: Vec<Passage> = Vec::new();
    for ((first, last), (other_first, other_last)) in shared {
        let grows = |passage: &&mut Passage| {
            first <= passage.one.end() + GAP
                && other_first >= passage.other.start().saturating_sub(GAP)
                && other_first <= passage.other.end() + GAP
        };
        match passages.iter_mut().rev().find(grows) {
            Some(passage) => {
                passage.one = *passage.one.start()..=last.max(*passage.one.end());
                let start = other_first.min(*passage.other.start());
                passage.other = start..=other_last.max(*passage.other.end());
            }
            None => passages.push(Passage { one: first..=last, other: other_first..=other_last }),
        }
    }
    let length = |passage: &Passage| passage.one.end() - passage.one.start();
    passages.sort_by_key(|passage| (usize::MAX - length(passage), *passage.one.start()));
    passages.truncate(PASSAGES);
    passages
}
