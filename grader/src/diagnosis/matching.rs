//! Which known mistakes explain what is seen: one that fits exactly, two that explain together what neither does alone,
//! one that fits well and better than any other ([`find`]); otherwise none.
//!
//! How well a guess fits is the share of what failed, here or in its signature, that fails in both and alike. Items count
//! by how much they tell: one that fails with most mistakes says little, one that fails with a single one nearly all.
//! Items that the student has not started are left out on both sides.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Mistake;
use super::symptom::{Likeness, Seen, likeness};

/// A mistake that explains what is seen, and how sure that is, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found<'a> {
    pub(super) mistake: &'a Mistake,
    pub(super) sure: f64,
}

/// How much a symptom of the same shape with other numbers counts beside an equal one.
const SHAPE: f64 = 0.6;
/// How much it counts that an item fails in both, but otherwise.
const FAILS_TOO: f64 = 0.1;
/// What even an item that fails with every mistake weighs.
const LEAST_WEIGHT: f64 = 0.3;

/// What a guess must reach. The numbers were chosen on the known submissions, each left out in turn, and little hangs on
/// them: a least near fit of 0.5 or 0.8 names about as many. The test `diagnosis` measures them on other submissions.
struct Bar {
    /// Least fit.
    fit: f64,
    /// By how much it must fit better than the next one.
    lead: f64,
    /// Least evidence that this mistake alone explains, in nats.
    evidence: f64,
    /// How sure a perfect fit is.
    sure: f64,
}

const EXACT: Bar = Bar { fit: 1.0, lead: 0.0, evidence: 0.0, sure: 0.95 };
const NEAR: Bar = Bar { fit: 0.6, lead: 0.15, evidence: 2.0, sure: 0.85 };
const PAIR: Bar = Bar { fit: 0.9, lead: 0.1, evidence: 3.0, sure: 0.85 };

/// The mistakes that explain `seen`, or none.
pub(super) fn find<'a>(mistakes: &'a [Mistake], seen: &BTreeMap<&str, Seen>) -> Vec<Found<'a>> {
    if !seen.values().any(|seen| matches!(seen, Seen::Failed(_))) {
        return Vec::new();
    }
    let rarity = Rarity::of(mistakes);
    let guess = |mistakes: Vec<&'a Mistake>| {
        let fit = rarity.fit(&mistakes, seen);
        Guess { mistakes, fit }
    };
    let mut singles: Vec<Guess<'_>> = mistakes.iter().map(|mistake| guess(vec![mistake])).collect();
    singles.sort_by_key(Guess::order);
    let Some(best) = singles.first() else {
        return Vec::new();
    };
    if best.fit.is_exact {
        // Two mistakes that look the same cannot be told apart.
        let is_alone = singles.get(1).is_none_or(|next| !next.fit.is_exact);
        return if is_alone { best.told(&EXACT) } else { Vec::new() };
    }
    // Who explains nothing alone explains nothing in a pair.
    let telling = singles.iter().filter(|single| single.fit.evidence > 0.0);
    let telling: Vec<&Mistake> = telling.flat_map(|single| single.mistakes.iter().copied()).collect();
    let mut pairs = Vec::new();
    for (index, one) in telling.iter().copied().enumerate() {
        pairs.extend(telling[..index].iter().map(|other| guess(vec![other, one])));
    }
    pairs.sort_by_key(Guess::order);
    match pairs.first() {
        // A second mistake must explain clearly more than one alone.
        Some(pair) if pair.stands_out(pairs.get(1), &PAIR) && pair.stands_out(Some(best), &PAIR) => {
            pair.told(&PAIR)
        }
        _ if best.stands_out(singles.get(1), &NEAR) => best.told(&NEAR),
        _ => Vec::new(),
    }
}

/// Mistakes that may be behind what is seen.
struct Guess<'a> {
    mistakes: Vec<&'a Mistake>,
    fit: Fit,
}

/// How well a guess explains what is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fit {
    /// The share of what failed, here or in the signatures, that agrees; from 0 to 1.
    share: f64,
    /// Everything agrees, and something failed.
    is_exact: bool,
    /// What the weakest of the mistakes explains and no other of the guess does, in nats.
    evidence: f64,
}

impl<'a> Guess<'a> {
    /// The best fit first; the name decides between equals, so that the order is always the same.
    fn order(&self) -> (Reverse<u64>, Vec<&'a str>) {
        // Shares are between 0 and 1: a billionth tells them apart, and whole numbers can be sorted.
        let share = (self.fit.share * 1e9).round() as u64;
        (Reverse(share), self.mistakes.iter().map(|mistake| mistake.name.as_str()).collect())
    }

    fn stands_out(&self, next: Option<&Guess<'_>>, bar: &Bar) -> bool {
        let next = next.map_or(0.0, |next| next.fit.share);
        self.fit.share >= bar.fit && self.fit.share - next >= bar.lead && self.fit.evidence >= bar.evidence
    }

    fn told(&self, bar: &Bar) -> Vec<Found<'a>> {
        let sure = (self.fit.share * bar.sure * 100.0).round() / 100.0;
        self.mistakes.iter().map(|mistake| Found { mistake, sure }).collect()
    }
}

/// How many mistakes of a lab an item or a symptom belongs to.
struct Rarity<'a> {
    mistakes: f64,
    of_item: HashMap<&'a str, f64>,
    of_symptom: HashMap<(&'a str, &'a str), f64>,
}

impl<'a> Rarity<'a> {
    fn of(mistakes: &'a [Mistake]) -> Self {
        let mut rarity =
            Self { mistakes: mistakes.len() as f64, of_item: HashMap::new(), of_symptom: HashMap::new() };
        for (item, symptom) in mistakes.iter().flat_map(|mistake| &mistake.signature) {
            *rarity.of_item.entry(item).or_default() += 1.0;
            *rarity.of_symptom.entry((item, symptom)).or_default() += 1.0;
        }
        rarity
    }

    /// What it says that this item fails, in nats.
    fn weight(&self, item: &str) -> f64 {
        let count = self.of_item.get(item).copied().unwrap_or(0.0);
        ((self.mistakes + 2.0) / (count + 1.0)).ln() + LEAST_WEIGHT
    }

    /// What it says that this item fails exactly so, in nats.
    fn evidence(&self, item: &str, symptom: &str) -> f64 {
        let count = self.of_symptom.get(&(item, symptom)).copied().unwrap_or(0.0);
        ((self.mistakes + 2.0) / (count + 1.0)).ln()
    }

    fn fit(&self, guess: &[&Mistake], seen: &BTreeMap<&str, Seen>) -> Fit {
        let (mut agreeing, mut all) = (0.0, 0.0);
        let mut is_exact = true;
        let mut evidence = vec![0.0; guess.len()];
        for item in items(guess, seen) {
            let failed = match seen.get(item) {
                Some(Seen::Failed(symptom)) => Some(symptom.as_str()),
                Some(Seen::Passed) => None,
                // Not started, or an item that this course does not have any more: it says nothing.
                Some(Seen::Nothing) | None => continue,
            };
            let weight = self.weight(item);
            all += weight;
            let agreements: Vec<f64> = guess.iter().map(|each| agreement(each, item, failed)).collect();
            let best = agreements.iter().copied().fold(0.0, f64::max);
            agreeing += weight * best;
            is_exact &= best >= 1.0;
            let explains: Vec<usize> = (0..guess.len()).filter(|&at| agreements[at] >= 1.0).collect();
            if let ([only], Some(symptom)) = (explains.as_slice(), failed) {
                evidence[*only] += self.evidence(item, symptom);
            }
        }
        let share = if all > 0.0 { agreeing / all } else { 0.0 };
        let evidence = evidence.into_iter().fold(f64::INFINITY, f64::min);
        Fit { share, is_exact: is_exact && all > 0.0, evidence }
    }
}

/// The items that fail here or in a signature.
fn items<'a>(guess: &[&'a Mistake], seen: &BTreeMap<&'a str, Seen>) -> BTreeSet<&'a str> {
    let signed = guess.iter().flat_map(|mistake| mistake.signature.keys().map(String::as_str));
    let failed = seen.iter().filter(|(_, seen)| matches!(seen, Seen::Failed(_))).map(|(item, _)| *item);
    signed.chain(failed).collect()
}

/// How well a signature agrees with what is seen of an item, from 0 to 1.
fn agreement(mistake: &Mistake, item: &str, failed: Option<&str>) -> f64 {
    match (mistake.signature.get(item), failed) {
        (Some(signed), Some(symptom)) => match likeness(signed, symptom) {
            Likeness::Same => 1.0,
            Likeness::Shape => SHAPE,
            Likeness::Neither => FAILS_TOO,
        },
        _ => 0.0,
    }
}
