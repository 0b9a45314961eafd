//! The miss curves as a picture.

use player::plot::{Axes, Curve, Plot, count};
use testbench::replacement::PolicyName;

use super::Replay;

/// The curves of `replay`, of every policy that came to a count with each number of frames; `None` where there is none.
///
/// Both axes are logarithmic: frames come in powers of two, and a thrashing knee goes over powers of ten.
#[must_use]
pub fn plot(replay: &Replay) -> Option<Plot> {
    let frames = replay.frame_counts();
    let curve = |policy: PolicyName| {
        let values: Option<Vec<u64>> = frames.iter().map(|&count| replay.misses(policy, count)).collect();
        Some(Curve { name: policy.name().to_owned(), values: values? })
    };
    let curves: Vec<Curve> = replay.policies().into_iter().filter_map(curve).collect();
    let in_words = |curve: &Curve| {
        let points = frames.iter().zip(&curve.values);
        let points: Vec<String> =
            points.map(|(frames, misses)| format!("{frames} frames {misses}")).collect();
        format!("{}: {}", curve.name, points.join(", "))
    };
    (!curves.is_empty()).then(|| Plot {
        title: format!("Misses of {} by number of frames", replay.trace),
        description: curves.iter().map(in_words).collect::<Vec<_>>().join("; "),
        across: "frames",
        up: "misses",
        places: frames.iter().map(|&count| count.into()).collect(),
        curves,
        unit: count,
        axes: Axes::Logarithmic(10),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::sample;

    #[test]
    fn every_policy_with_all_its_counts_has_a_curve() {
        let plot = plot(&sample()).unwrap();
        assert_eq!(plot.places, [8, 16]);
        let curves: Vec<(&str, &[u64])> =
            plot.curves.iter().map(|curve| (curve.name.as_str(), &curve.values[..])).collect();
        assert_eq!(curves, [("FIFO", &[9000, 1200][..]), ("LRU", &[9000, 800])]);
        assert_eq!(
            plot.description,
            "FIFO: 8 frames 9000, 16 frames 1200; LRU: 8 frames 9000, 16 frames 800"
        );
    }

    #[test]
    fn nothing_to_show_is_no_picture() {
        let mut replay = sample();
        replay.results.clear();
        assert!(plot(&replay).is_none());
    }
}
