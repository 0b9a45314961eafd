//! Fingerprints of a file: hashes of runs of symbols, thinned out by winnowing.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::symbols::{Symbol, names, symbols};

/// Tokens of one run: shorter ones are idioms (`if let Some(x) = y {`), longer ones hide small changes.
const RUN: usize = 14;
/// Of so many runs in a row at least one is kept.
const WINDOW: usize = 8;
/// Odd, with its bits spread: the base of the polynomial that is a run's hash.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// What every student was given: its code is nobody's, and its names cannot be changed.
#[derive(Debug, Clone, Default)]
pub struct Given {
    names: BTreeSet<String>,
    runs: BTreeSet<u64>,
}

impl Given {
    /// Given are these files: a lab's skeleton, and other code that students were shown.
    #[must_use]
    pub fn new(files: &[&str]) -> Self {
        let names: BTreeSet<String> = files.iter().flat_map(|file| names(file)).collect();
        let runs = files.iter().flat_map(|file| runs(&symbols(file, &names))).collect();
        Self { names, runs }
    }
}

/// The fingerprints of one file, and the lines of each where it stands first.
#[derive(Debug, Clone, Default)]
pub(super) struct Fingerprints {
    lines: BTreeMap<u64, (usize, usize)>,
}

impl Fingerprints {
    pub(super) fn of(text: &str, given: &Given) -> Self {
        let symbols = symbols(text, &given.names);
        let mut found = Self::default();
        for part in own_parts(&symbols, given) {
            for (at, hash) in winnowed(&runs(part)) {
                let lines = (part[at].line, part[at + RUN - 1].line);
                if let Entry::Vacant(place) = found.lines.entry(hash) {
                    place.insert(lines);
                }
            }
        }
        found
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn hashes(&self) -> impl Iterator<Item = u64> {
        self.lines.keys().copied()
    }

    /// First and last line of the run with this hash.
    pub(super) fn lines_of(&self, hash: u64) -> Option<(usize, usize)> {
        self.lines.get(&hash).copied()
    }

    pub(super) fn leave_out(&mut self, is_out: impl Fn(u64) -> bool) {
        self.lines.retain(|hash, _| !is_out(*hash));
    }
}

/// The parts of a file between what was given, each long enough for a run.
fn own_parts<'a>(symbols: &'a [Symbol], given: &Given) -> Vec<&'a [Symbol]> {
    let mut is_given = vec![false; symbols.len()];
    for (at, hash) in runs(symbols).into_iter().enumerate() {
        if given.runs.contains(&hash) {
            is_given[at..at + RUN].fill(true);
        }
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, is_given) in is_given.iter().chain([&true]).enumerate() {
        if *is_given {
            if at - start >= RUN {
                parts.push(&symbols[start..at]);
            }
            start = at + 1;
        }
    }
    parts
}

/// The hash of every run of [`RUN`] symbols, in order.
fn runs(symbols: &[Symbol]) -> Vec<u64> {
    let hash = |run: &[Symbol]| {
        let step = |hash: u64, symbol: &Symbol| hash.wrapping_mul(BASE).wrapping_add(symbol.hash);
        mixed(run.iter().fold(0, step))
    };
    symbols.windows(RUN).map(hash).collect()
}

/// Of every [`WINDOW`] runs in a row the one with the smallest hash (the last one of equals), each once.
fn winnowed(runs: &[u64]) -> Vec<(usize, u64)> {
    let mut kept: Vec<(usize, u64)> = Vec::new();
    let window = WINDOW.min(runs.len());
    for (start, window) in runs.windows(window.max(1)).enumerate() {
        let smallest = window.iter().enumerate().rev().min_by_key(|(_, hash)| **hash);
        if let Some((at, &hash)) = smallest {
            let place = (start + at, hash);
            if kept.last() != Some(&place) {
                kept.push(place);
            }
        }
    }
    kept
}

/// Spreads the bits (the last step of splitmix64), so that "smallest" prefers no kind of code.
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_keeps_its_smallest_and_says_it_once() {
        // The example of the paper, figure 2: windows of 4.
        let runs = [77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77, 74, 42, 17, 98];
        let kept = winnowed(&runs);
        for window in runs.windows(WINDOW) {
            let smallest = window.iter().min().unwrap();
            assert!(kept.iter().any(|(_, hash)| hash == smallest));
        }
        assert_eq!(kept, [(6, 17), (8, 8), (15, 17)]);
    }

    #[test]
    fn a_part_shorter_than_a_window_keeps_one_run() {
        assert_eq!(winnowed(&[5, 3, 9]), [(1, 3)]);
        assert_eq!(winnowed(&[]), []);
    }
}
