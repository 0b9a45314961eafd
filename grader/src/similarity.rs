//! Which submissions of a lab to look at side by side ([`similar`]): pairs that share more code than chance explains.
//!
//! Never a verdict: two people can have the same idea, and a person decides after reading both.
//!
//! ```text
//! source ── tokens ── names and literals made alike ── what was given cut out ── runs of 14 tokens, hashed
//!        ── the smallest hash of every 8 in a row (winnowing) = its fingerprints
//! pair   ── fingerprints in both, but not in those of very many ── share of the smaller set = its score
//! ```
//!
//! Winnowing (Schleimer, Wilkerson, Aiken: "Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD 2003; what
//! MOSS does) finds every shared run of 21 tokens, wherever it stands: other names, comments, formatting and another order of
//! the functions do not hide it. The book ("Similar submissions") says it to students, too.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

mod fingerprints;
mod matches;
mod symbols;

pub use fingerprints::Given;

use fingerprints::Fingerprints;

/// Score from which a pair is worth a look.
///
/// Measured on this repository's submissions (`grader/tests/similarity.rs`): right solutions that were written anew score
/// 0.00 to 0.09, copies with one thing changed 0.72 and more.
pub const WORTH_A_LOOK: f64 = 0.3;

/// Fewest shared fingerprints: below that, two short files that do the one obvious thing would be a pair.
const SHARED_MIN: usize = 8;
/// A fingerprint that this many students have is left out if they are also a third of the class: everybody's idea, not one's.
const MANY: usize = 10;

/// One student's file of a lab.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Who handed it in.
    pub student: &'a str,
    /// The file.
    pub text: &'a str,
}

/// Two submissions to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// One student; the first in the order of the sources.
    pub one: String,
    /// The other.
    pub other: String,
    /// Shared fingerprints as a share of the smaller file's, from 0 to 1.
    pub score: f64,
    /// Shared fingerprints.
    pub shared: usize,
    /// Where, the longest first.
    pub passages: Vec<Passage>,
}

/// Lines of one file that are much like lines of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Lines of the one file, from 1.
    pub one: RangeInclusive<usize>,
    /// Lines of the other file, from 1.
    pub other: RangeInclusive<usize>,
}

/// The pairs of `sources` (of one lab) whose score is at least `least`, the highest first.
///
/// What was `given` counts for nothing. A file that is no Rust (it does not even fall apart into tokens) is in no pair.
/// The same sources give the same pairs, in any order of them.
#[must_use]
pub fn similar(given: &Given, sources: &[Source<'_>], least: f64) -> Vec<Pair> {
    let mut sources: Vec<&Source<'_>> = sources.iter().collect();
    sources.sort_by_key(|source| source.student);
    let mut prints: Vec<Fingerprints> =
        sources.iter().map(|source| Fingerprints::of(source.text, given)).collect();
    leave_out_everybodys(&mut prints);

    let mut pairs = Vec::new();
    for ((one, other), shared) in shared(&prints) {
        let smaller = prints[one].len().min(prints[other].len());
        // Counts of fingerprints are far below 2^52, where the conversion would begin to round.
        let score = shared as f64 / smaller as f64;
        if shared >= SHARED_MIN && score >= least {
            pairs.push(Pair {
                one: sources[one].student.to_owned(),
                other: sources[other].student.to_owned(),
                score,
                shared,
                passages: matches::passages(&prints[one], &prints[other]),
            });
        }
    }
    pairs.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| (&a.one, &a.other).cmp(&(&b.one, &b.other)))
    });
    pairs
}

/// Takes out the fingerprints that very many students have.
fn leave_out_everybodys(prints: &mut [Fingerprints]) {
    let mut owners: BTreeMap<u64, usize> = BTreeMap::new();
    for print in prints.iter() {
        for hash in print.hashes() {
            *owners.entry(hash).or_default() += 1;
        }
    }
    let limit = MANY.max(prints.len().div_ceil(3));
    let everybodys = |hash| owners.get(&hash).is_some_and(|&count| count > limit);
    for print in prints {
        print.leave_out(everybodys);
    }
}

/// For each pair with something in common, how many fingerprints that is.
fn shared(prints: &[Fingerprints]) -> BTreeMap<(usize, usize), usize> {
    let mut owners: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, print) in prints.iter().enumerate() {
        for hash in print.hashes() {
            owners.entry(hash).or_default().push(index);
        }
    }
    // Most pairs share something small: a flat table is ten times as fast as a map of pairs.
    let count = prints.len();
    let mut table = vec![0_usize; count * count];
    for owners in owners.values() {
        for (at, &one) in owners.iter().enumerate() {
            for &other in &owners[at + 1..] {
                table[one * count + other] += 1;
            }
        }
    }
    let found = table.into_iter().enumerate().filter(|(_, shared)| *shared > 0);
    found.map(|(at, shared)| ((at / count, at % count), shared)).collect()
}

#[cfg(test)]
mod tests;
