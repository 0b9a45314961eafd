//! Everything in one chain.
use machine::prelude::*;

/// The pages that are used most.
pub fn favourites(pages: &[u64]) -> Vec<(u64, usize)> {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    pages.iter().for_each(|page| *counts.entry(*page).or_insert(0) += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(_, a), (_, b)| b.cmp(a));
    counts.into_iter().filter(|&(_, n)| n != 1).take(3).map(|(page, n)| (page, n)).collect::<Vec<_>>()
}

/// Whether the last is first.
pub fn queue(pages: impl IntoIterator<Item = u64>) -> bool {
    let mut queue: VecDeque<u64> = pages.into_iter().collect();
    matches!((queue.pop_front(), queue.pop_back()), (Some(a), Some(b)) if a == b)
}
