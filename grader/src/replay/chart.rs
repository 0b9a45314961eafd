//! The miss curves in a terminal: a line for each number of frames, a letter for each policy.
//!
//! ```text
//!     8 frames │            O    F
//!    16        │    O  C   LF
//! ```

use testbench::replacement::PolicyName;

use crate::colour::{Look, Tone};

use super::Replay;
use super::table::percent;

/// Where several policies come to the same place.
const SEVERAL: char = '+';

/// The curves of `replay`; nothing where there are fewer than two points to compare.
#[must_use]
pub fn chart(replay: &Replay, look: &Look) -> String {
    let frames = replay.frame_counts();
    let has_points =
        |policy: &PolicyName| frames.iter().any(|&count| replay.misses(*policy, count).is_some());
    let policies: Vec<PolicyName> = replay.policies().into_iter().filter(has_points).collect();
    let Some(scale) = Scale::of(replay, &policies, &frames, look) else { return String::new() };
    let mut text = format!("\n{}\n", look.paint(Tone::Quiet, &scale.heading()));
    for (line, &count) in frames.iter().enumerate() {
        let unit = if line == 0 { "frames" } else { "" };
        let letters = scale.letters(replay, &policies, count);
        text += &format!("{count:>7} {unit:<6} {} {letters}\n", look.bar());
    }
    let legend = policies.iter().map(|policy| format!("{} {}", letter(*policy), policy.name()));
    let legend: Vec<String> = legend.chain([format!("{SEVERAL} several")]).collect();
    text + &format!("{:17}{}\n", "", look.paint(Tone::Quiet, &legend.join(", ")))
}

/// Where a miss ratio lies on a line; logarithmic, because a knee goes over powers of ten.
struct Scale {
    least: f64,
    most: f64,
    width: usize,
}

impl Scale {
    fn of(replay: &Replay, policies: &[PolicyName], frames: &[u32], look: &Look) -> Option<Self> {
        let known =
            |&policy: &PolicyName| frames.iter().filter_map(move |&count| replay.misses(policy, count));
        let misses: Vec<u64> = policies.iter().flat_map(known).collect();
        let (least, most) = (*misses.iter().min()?, *misses.iter().max()?);
        let width = look.width.saturating_sub(20);
        // A trace has a page, and the first reference to it misses: there is a logarithm.
        let [least, most] = [least.max(1), most.max(1)].map(|misses| replay.ratio(misses));
        (misses.len() > 1).then_some(Self { least, most, width })
    }

    fn place(&self, ratio: f64) -> usize {
        let whole = (self.most / self.least).log10();
        let part = if whole > 0.0 { (ratio.max(self.least) / self.least).log10() / whole } else { 0.0 };
        (part * (self.width - 1) as f64).round() as usize
    }

    fn heading(&self) -> String {
        let (least, most) = (percent(self.least), percent(self.most));
        let words = "misses, logarithmic";
        let gap = self.width.saturating_sub(least.len() + most.len() + words.len());
        let [left, right] = [gap / 2, gap - gap / 2].map(|count| " ".repeat(count));
        format!("{:17}{least}{left}{words}{right}{most}", "")
    }

    fn letters(&self, replay: &Replay, policies: &[PolicyName], frames: u32) -> String {
        let mut line = vec![' '; self.width];
        for &policy in policies {
            let Some(misses) = replay.misses(policy, frames) else { continue };
            let place = &mut line[self.place(replay.ratio(misses))];
            *place = if *place == ' ' { letter(policy) } else { SEVERAL };
        }
        line.into_iter().collect::<String>().trim_end().to_owned()
    }
}

/// The letter of a policy.
fn letter(policy: PolicyName) -> char {
    match policy {
        PolicyName::Fifo => 'F',
        PolicyName::Lru => 'L',
        PolicyName::Clock => 'C',
        PolicyName::EnhancedClock => 'E',
        PolicyName::Opt => 'O',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::sample;

    #[test]
    fn letters_stand_where_the_ratios_are() {
        insta::assert_snapshot!(chart(&sample(), &Look::PLAIN));
    }

    #[test]
    fn one_point_is_no_curve() {
        let mut replay = sample();
        replay.results.truncate(1);
        assert_eq!(chart(&replay, &Look::PLAIN), "");
    }
}
