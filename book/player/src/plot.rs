//! Draws curves as SVG, with the values in a table below.
//!
//! Main type: [`Plot`]. In a page ([`Plot::html`]) colours come from the page's style, so a plot is readable in every theme;
//! as a file ([`Plot::svg`]) it brings its own, light and dark. Curves also differ by their dashes and marks.

use std::fmt::Write;

use crate::escape;

/// Curves over common places on the horizontal axis.
#[derive(Debug)]
pub struct Plot {
    /// What it shows, above it.
    pub title: String,
    /// What a reader should see in it, for who cannot.
    pub description: String,
    /// What the horizontal axis counts.
    pub across: &'static str,
    /// What the vertical axis counts.
    pub up: &'static str,
    /// Places on the horizontal axis, rising.
    pub places: Vec<u64>,
    /// The curves.
    pub curves: Vec<Curve>,
    /// How a value is written.
    pub unit: fn(u64) -> String,
    /// How its axes are divided.
    pub axes: Axes,
}

/// How the axes of a plot are divided.
#[derive(Clone, Copy, Debug)]
pub enum Axes {
    /// From one line to the next, values are so many times as large; across, each place counts its doublings.
    Logarithmic(u64),
    /// Lines are so far apart, the lowest one at 0.
    Linear(u64),
}

impl Axes {
    fn across(self, value: u64) -> f64 {
        match self {
            Axes::Logarithmic(_) => (value.max(1) as f64).log2(),
            Axes::Linear(_) => value as f64,
        }
    }

    /// In lines of the grid.
    fn up(self, value: u64) -> f64 {
        match self {
            Axes::Logarithmic(base) => (value.max(1) as f64).log(base as f64),
            Axes::Linear(step) => value as f64 / step as f64,
        }
    }

    /// The value of a line.
    fn line(self, number: u32) -> u64 {
        match self {
            Axes::Logarithmic(base) => base.saturating_pow(number),
            Axes::Linear(step) => step * u64::from(number),
        }
    }
}

/// One curve.
#[derive(Debug)]
pub struct Curve {
    /// What it is called.
    pub name: String,
    /// Its value at each place, above 0.
    pub values: Vec<u64>,
}

/// The drawing's width and height, and the edges of the field inside of its axes.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 342.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 196.0;

/// Height of the title and of a line of the legend above a drawing that stands alone.
const TITLE: f64 = 24.0;
const LINE: f64 = 15.0;

/// The style of a drawing that stands alone: the colours of Okabe and Ito (2008), which people with any colour vision tell
/// apart.
const STYLE: &str = "svg{background:#fff;color:#222}text{font:11px system-ui,sans-serif;fill:currentColor}\
text.title{font-size:13px;font-weight:bold}path{fill:none;stroke-width:2}.vm-axes path{stroke:#ccc;stroke-width:1}\
.vm-s0 path{stroke:#0072b2;stroke-dasharray:7 4}.vm-s1 path{stroke:#d55e00;stroke-dasharray:2 3}\
.vm-s2 path{stroke:#009e73}.vm-s3 path{stroke:#b0588f;stroke-dasharray:10 3 2 3}.vm-s4 path{stroke:#7f7f7f;\
stroke-dasharray:4 2}path.vm-mark-at{stroke-dasharray:none;stroke-width:1.7}\
@media(prefers-color-scheme:dark){svg{background:#181818;color:#ddd}.vm-axes path{stroke:#444}}";

/// Where values stand.
struct Scale {
    axes: Axes,
    x: (f64, f64),
    y: (f64, f64),
}

impl Plot {
    /// The plot as one block of HTML.
    pub fn html(&self) -> String {
        let scale = self.scale();
        let (title, description) = (escape(&self.title), escape(&self.description));
        let mut out = format!(
            "\n<figure class=\"vm-plot\">\n<figcaption class=\"vm-cap\">{title}</figcaption>\n<ul class=\"vm-legend\">\n"
        );
        // Writing to a string cannot fail.
        for (number, curve) in self.curves.iter().enumerate() {
            let name = escape(&curve.name);
            let _ = writeln!(
                out,
                "<li><svg viewBox=\"0 0 34 12\" aria-hidden=\"true\" class=\"vm-s{number}\"><path d=\"M1,6H33\"/>{}</svg>{name}</li>",
                mark(number, 17.0, 6.0)
            );
        }
        let _ = writeln!(
            out,
            "</ul>\n<svg class=\"vm-chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}. {description}\">\n<title>{title}</title>\n<desc>{description}</desc>"
        );
        self.draw(&scale, &mut out);
        out.push_str("</svg>\n");
        self.table(&mut out);
        out.push_str("</figure>\n");
        out
    }

    /// The plot as a picture that stands alone: an SVG file with title, legend and style in it.
    pub fn svg(&self) -> String {
        let (title, description) = (escape(&self.title), escape(&self.description));
        let above = TITLE + LINE * self.curves.len() as f64;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 {} {WIDTH} {}\" role=\"img\" aria-labelledby=\"title \
             desc\">\n<title id=\"title\">{title}</title>\n<desc id=\"desc\">{description}</desc>\n<style>{STYLE}</style>\n\
             <text class=\"title\" x=\"8\" y=\"{}\">{title}</text>\n",
            -above,
            HEIGHT + above,
            16.0 - above
        );
        for (number, curve) in self.curves.iter().enumerate() {
            let y = TITLE + LINE * (number as f64 + 0.5) - above;
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "<g class=\"vm-s{number}\"><path d=\"M12,{y}H46\"/>{}<text x=\"54\" y=\"{}\">{}</text></g>",
                mark(number, 29.0, y),
                y + 4.0,
                escape(&curve.name)
            );
        }
        self.draw(&self.scale(), &mut out);
        out.push_str("</svg>\n");
        out
    }

    /// Axes and curves.
    fn draw(&self, scale: &Scale, out: &mut String) {
        self.axes(scale, out);
        for (number, curve) in self.curves.iter().enumerate() {
            let points: Vec<(f64, f64)> =
                self.places.iter().zip(&curve.values).map(|(&x, &y)| scale.point(x, y)).collect();
            let way: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let marks: String = points.iter().map(|&(x, y)| mark(number, x, y)).collect();
            let _ = writeln!(out, "<g class=\"vm-s{number}\"><path d=\"M{}\"/>{marks}</g>", way.join("L"));
        }
    }

    fn scale(&self) -> Scale {
        let values = || self.curves.iter().flat_map(|curve| curve.values.iter().copied());
        let (low, high) = (values().min().unwrap_or(1).max(1), values().max().unwrap_or(10));
        let (first, last) =
            (self.places.first().copied().unwrap_or(1), self.places.last().copied().unwrap_or(2));
        let axes = self.axes;
        let floor = if matches!(axes, Axes::Linear(_)) { 0.0 } else { axes.up(low).floor() };
        Scale { axes, x: (axes.across(first), axes.across(last)), y: (floor, axes.up(high).ceil()) }
    }

    fn axes(&self, scale: &Scale, out: &mut String) {
        out.push_str("<g class=\"vm-axes\">\n");
        for &place in &self.places {
            let (x, _) = scale.point(place, 1);
            let _ = writeln!(
                out,
                "<path d=\"M{x:.1},{TOP}V{BOTTOM}\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{place}</text>",
                BOTTOM + 17.0
            );
        }
        // As many lines as can be told apart.
        let step = (((scale.y.1 - scale.y.0) / 6.0).ceil()).max(1.0) as usize;
        for number in (scale.y.0 as u32..=scale.y.1 as u32).step_by(step) {
            let value = self.axes.line(number);
            let (_, y) = scale.point(1, value);
            let _ = writeln!(
                out,
                "<path d=\"M{LEFT},{y:.1}H{RIGHT}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 7.0,
                y + 4.0,
                escape(&(self.unit)(value))
            );
        }
        let middle = f64::midpoint(LEFT, RIGHT);
        let _ = writeln!(
            out,
            "<text x=\"{middle}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n</g>",
            HEIGHT - 6.0,
            escape(&format!("{} (across: {})", self.up, self.across))
        );
    }

    fn table(&self, out: &mut String) {
        out.push_str(
            "<details>\n<summary>The values</summary>\n<div class=\"vm-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"The values\"><table>\n<thead><tr>",
        );
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(self.across));
        for curve in &self.curves {
            let _ = write!(out, "<th scope=\"col\">{}</th>", escape(&curve.name));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for (index, place) in self.places.iter().enumerate() {
            let _ = write!(out, "<tr><th scope=\"row\">{place}</th>");
            for curve in &self.curves {
                let value = curve.values.get(index).map_or_else(String::new, |&value| (self.unit)(value));
                let _ = write!(out, "<td>{}</td>", escape(&value));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table></div>\n</details>\n");
    }
}

impl Scale {
    fn point(&self, x: u64, y: u64) -> (f64, f64) {
        let part = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low).max(f64::EPSILON);
        let across = part(self.axes.across(x), self.x);
        let up = part(self.axes.up(y), self.y);
        (LEFT + across * (RIGHT - LEFT), BOTTOM - up * (BOTTOM - TOP))
    }
}

/// A mark of the curve's own shape.
fn mark(number: usize, x: f64, y: f64) -> String {
    let at = |points: &str| {
        format!("<path class=\"vm-mark-at\" transform=\"translate({x:.1},{y:.1})\" d=\"{points}\"/>")
    };
    match number % 5 {
        0 => at("M-4,-4h8v8h-8z"),
        1 => at("M0,-4.5A4.5,4.5 0 1 1 -.01,-4.5z"),
        2 => at("M0,-5L5,4H-5z"),
        3 => at("M0,-5.5L5.5,0L0,5.5L-5.5,0z"),
        _ => at("M-5,0H5M0,-5V5"),
    }
}

/// A number with its thousands apart.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or("")).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> Plot {
        Plot {
            title: "a < b".into(),
            description: "falls".into(),
            across: "frames",
            up: "misses",
            places: vec![8, 16],
            curves: vec![Curve { name: "LRU".into(), values: vec![12_345, 10] }],
            unit: count,
            axes: Axes::Logarithmic(10),
        }
    }

    #[test]
    fn a_picture_that_stands_alone_brings_words_and_style() {
        let svg = plot().svg();
        assert!(
            svg.contains("<title id=\"title\">a &lt; b</title>\n<desc id=\"desc\">falls</desc>\n<style>"),
            "{svg}"
        );
        assert!(
            svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n") && svg.contains(">LRU</text>"),
            "{svg}"
        );
        // The same drawing as in a page.
        assert!(svg.contains("M78.0,") && svg.contains("L342.0,196.0"), "{svg}");
    }

    #[test]
    fn a_plot_has_words_marks_and_values() {
        let html = plot().html();
        assert!(html.contains("<title>a &lt; b</title>\n<desc>falls</desc>"), "{html}");
        assert!(html.contains("<tr><th scope=\"row\">8</th><td>12 345</td></tr>"), "{html}");
        assert!(html.contains("M78.0,") && html.contains("L342.0,196.0"), "{html}");
        assert!(!html.trim().contains("\n\n"), "one block of Markdown: {html}");
    }
}
