//! The miss curves as an SVG picture that opens from disk, reads in light and dark, and can be listened to.
//!
//! Both axes are logarithmic: frames come in powers of two, and a thrashing knee goes over powers of ten.

use std::fmt::Write as _;

use testbench::replacement::PolicyName;

use super::table::percent;
use super::{Replay, chart::letter, curves};

/// Size of the picture and of what surrounds the curves, in units of the picture.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 56.0;

/// Colours that people with any colour vision tell apart (Okabe and Ito 2008), in the order of [`PolicyName::ALL`]; dashes
/// and letters say the same without colour.
const STYLES: [(&str, &str); 5] =
    [("#0072b2", ""), ("#d55e00", "9 4"), ("#009e73", "3 3"), ("#cc79a7", "12 3 3 3"), ("#7f7f7f", "1 4")];

const CSS: &str = "text{font:14px sans-serif;fill:#222}.grid{stroke:#ccc}.axis{stroke:#222}svg{background:#fff}\
@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.axis{stroke:#ddd}svg{background:#181818}}";

/// The curves of `replay` as SVG; `None` where no policy has a miss to show.
#[must_use]
pub fn plot(replay: &Replay) -> Option<String> {
    let curves = curves(replay);
    let axes = Axes::of(&curves)?;
    let mut svg = String::new();
    let title = escaped(&format!("Misses of {} by number of frames", replay.trace));
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"title \
         desc\">\n<title id=\"title\">{title}</title>\n<desc id=\"desc\">{}</desc>\n<style>{CSS}</style>\n",
        escaped(&in_words(replay, &curves))
    );
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"24\" font-weight=\"bold\">{title}</text>");
    axes.draw(&mut svg);
    let mut ends: Vec<(f64, PolicyName)> = Vec::new();
    for (policy, points) in &curves {
        ends.push((axes.draw_curve(&mut svg, *policy, points), *policy));
    }
    draw_names(&mut svg, ends);
    svg += "</svg>\n";
    Some(svg)
}

/// What the picture shows, for those who do not see it.
fn in_words(replay: &Replay, curves: &[(PolicyName, Vec<(u32, f64)>)]) -> String {
    let mut words = format!("{} references to {} pages.", replay.references, replay.pages);
    for (policy, points) in curves {
        let points: Vec<String> =
            points.iter().map(|(frames, ratio)| format!("{frames} frames {}", percent(*ratio))).collect();
        let _ = write!(words, " {}: {}.", policy.name(), points.join(", "));
    }
    words
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn style(policy: PolicyName) -> (&'static str, &'static str) {
    let place = PolicyName::ALL.iter().position(|known| *known == policy).unwrap_or(0);
    STYLES[place]
}

/// From frames and miss ratios to places in the picture.
struct Axes {
    frames: Vec<u32>,
    /// Powers of ten between which all ratios lie.
    decades: (i32, i32),
}

impl Axes {
    fn of(curves: &[(PolicyName, Vec<(u32, f64)>)]) -> Option<Self> {
        let all = || curves.iter().flat_map(|(_, points)| points.iter().copied());
        let mut frames: Vec<u32> = all().map(|(frames, _)| frames).collect();
        frames.sort_unstable();
        frames.dedup();
        let ratios = || all().map(|(_, ratio)| ratio).filter(|ratio| *ratio > 0.0);
        let least = ratios().min_by(f64::total_cmp)?.log10().floor() as i32;
        let most = ratios().max_by(f64::total_cmp)?.log10().ceil() as i32;
        Some(Self { frames, decades: (least, most.max(least + 1)) })
    }

    fn x(&self, frames: u32) -> f64 {
        let log = |count: u32| f64::from(count).log2();
        let (first, last) = (log(self.frames[0]), log(self.frames[self.frames.len() - 1]));
        let part = if last > first { (log(frames) - first) / (last - first) } else { 0.5 };
        LEFT + part * (WIDTH - LEFT - RIGHT)
    }

    /// A ratio of 0 lies on the axis.
    fn y(&self, ratio: f64) -> f64 {
        let (least, most) = (f64::from(self.decades.0), f64::from(self.decades.1));
        let part = ((ratio.log10() - least) / (most - least)).max(0.0);
        HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)
    }

    fn draw(&self, svg: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for decade in self.decades.0..=self.decades.1 {
            let ratio = 10.0_f64.powi(decade);
            let y = self.y(ratio);
            let _ = writeln!(svg, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>");
            let label = percent(ratio).replace(".0%", "%");
            let x = LEFT - 8.0;
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>", y + 5.0);
        }
        let mut last = f64::NEG_INFINITY;
        for &frames in &self.frames {
            let x = self.x(frames);
            let _ = writeln!(svg, "<path class=\"grid\" d=\"M{x:.1} {bottom}v6\"/>");
            // A label only where there is room for it.
            if x - last >= 40.0 {
                let y = bottom + 22.0;
                let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{frames}</text>");
                last = x;
            }
        }
        let _ = writeln!(svg, "<path class=\"axis\" fill=\"none\" d=\"M{LEFT} {TOP}V{bottom}H{right}\"/>");
        let (middle, y) = ((LEFT + right) / 2.0, HEIGHT - 12.0);
        let _ = writeln!(svg, "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\">frames</text>");
    }

    /// Draws a curve; returns how high it ends.
    fn draw_curve(&self, svg: &mut String, policy: PolicyName, points: &[(u32, f64)]) -> f64 {
        let (colour, dashes) = style(policy);
        let place = |(frames, ratio): &(u32, f64)| (self.x(*frames), self.y(*ratio));
        let places: Vec<(f64, f64)> = points.iter().map(place).collect();
        let line: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-dasharray=\"{dashes}\" \
             points=\"{}\"/>",
            line.join(" ")
        );
        for (x, y) in &places {
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>");
        }
        places.last().map_or(0.0, |(_, y)| *y)
    }
}

/// The names beside the curves' ends, pushed apart where the curves end together.
fn draw_names(svg: &mut String, mut ends: Vec<(f64, PolicyName)>) {
    ends.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut free = TOP;
    // So many lines below one another that all stay in the picture.
    let lowest = HEIGHT - BOTTOM - 18.0 * (ends.len() as f64 - 1.0);
    for (line, (end, policy)) in ends.into_iter().enumerate() {
        let y = end.min(lowest + 18.0 * line as f64).max(free);
        free = y + 18.0;
        let (colour, _) = style(policy);
        let x = WIDTH - RIGHT + 10.0;
        let (mark, name) = (letter(policy), policy.name());
        let _ = writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\"/><text x=\"{}\" y=\"{:.1}\">{mark} {name}</text>",
            x + 10.0,
            y + 5.0
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::sample;

    #[test]
    fn the_picture_says_what_it_shows_and_markup_in_names_stays_text() {
        let svg = plot(&sample()).unwrap();
        assert!(
            svg.contains("<title id=\"title\">Misses of sort &lt;1&gt; by number of frames</title>"),
            "{svg}"
        );
        assert!(svg.contains("LRU: 8 frames 45.0%, 16 frames 4.00%."), "{svg}");
        assert_eq!(svg.matches("<polyline").count(), 2, "a policy without counts has no curve");
    }

    #[test]
    fn nothing_to_show_is_no_picture() {
        let mut replay = sample();
        replay.results.clear();
        assert_eq!(plot(&replay), None);
    }

    #[test]
    fn more_misses_lie_higher_and_more_frames_further_right() {
        let axes = Axes::of(&curves(&sample())).unwrap();
        assert!(axes.y(0.45) < axes.y(0.04) && axes.x(8) < axes.x(16));
        assert_eq!(axes.y(0.0), HEIGHT - BOTTOM, "no misses lie on the axis");
    }
}
