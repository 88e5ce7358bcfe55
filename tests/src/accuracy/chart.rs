//! Predicted against measured time as a picture: one dot for each run, both axes logarithmic.
//!
//! The engine's charts have no scatter, and this picture is for one page; it is a few lines of SVG.

use std::fmt::Write as _;

use marginline_model::serving::{Band, Class};

use super::left_out::word;
use super::score::{Scored, of_class};

const SIDE: f64 = 360.0;
const MARGIN: f64 = 56.0;
/// Seconds at the ends of both axes.
const RANGE: (f64, f64) = (0.3, 1000.0);

/// Two fields beside each other, one for each class.
#[must_use]
pub fn svg(scored: &[Scored<'_>]) -> String {
    let (width, height) = (2.0 * (SIDE + MARGIN) + MARGIN, SIDE + 2.0 * MARGIN);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"Inter, sans-serif\" font-size=\"12\" fill=\"#30343b\">\n\
         <title>Predicted against measured end-to-end time, each model left out of the fit</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for (class, left, colour) in [(Class::Dense, MARGIN, "#2b6cb0"), (Class::Experts, 2.0 * MARGIN + SIDE, "#b7791f")] {
        field(&mut text, &of_class(scored, class), class, left, colour);
    }
    text.push_str("</svg>\n");
    text
}

fn field(text: &mut String, scored: &[&Scored<'_>], class: Class, left: f64, colour: &str) {
    let bottom = MARGIN + SIDE;
    let place = |seconds: f64| {
        let share = (seconds.clamp(RANGE.0, RANGE.1) / RANGE.0).ln() / (RANGE.1 / RANGE.0).ln();
        share * SIDE
    };
    let _ = writeln!(
        text,
        "<rect x=\"{left}\" y=\"{MARGIN}\" width=\"{SIDE}\" height=\"{SIDE}\" fill=\"none\" stroke=\"#d5d9e0\"/>"
    );
    let title = format!("{}: {} runs", word(class), scored.len());
    let _ = writeln!(text, "<text x=\"{left}\" y=\"{}\" font-weight=\"600\">{title}</text>", MARGIN - 14.0);
    for tick in [1.0, 10.0, 100.0, 1000.0] {
        let (x, y) = (left + place(tick), bottom - place(tick));
        let _ = writeln!(
            text,
            "<path d=\"M{x:.1} {bottom}V{MARGIN}M{left} {y:.1}h{SIDE}\" stroke=\"#eceff3\"/>\n\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{tick} s</text>\n\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>",
            bottom + 18.0,
            left - 6.0,
            y + 4.0
        );
    }
    let _ = writeln!(text, "<text x=\"{left}\" y=\"{}\">measured</text>", bottom + 38.0);
    let _ = writeln!(text, "<text x=\"{}\" y=\"{}\">predicted ↑</text>", left + 4.0, MARGIN + 16.0);
    // The band is stated around the prediction: measured = predicted × factor.
    let (low, high) = Band::of(class).factors(0.0);
    for (factor, dash) in [(1.0, "none"), (low, "4 4"), (high, "4 4")] {
        let from = (RANGE.0 * factor.max(1.0), RANGE.0 / factor.min(1.0));
        let to = (RANGE.1 * factor.min(1.0), RANGE.1 / factor.max(1.0));
        let _ = writeln!(
            text,
            "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"#8a93a1\" stroke-dasharray=\"{dash}\"/>",
            left + place(from.0),
            bottom - place(from.1),
            left + place(to.0),
            bottom - place(to.1)
        );
    }
    let _ = writeln!(text, "<g fill=\"{colour}\" fill-opacity=\"0.45\">");
    for each in scored {
        let (x, y) = (left + place(each.run.measured.end_to_end_s), bottom - place(each.predicted_s));
        let _ = writeln!(text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\"/>");
    }
    text.push_str("</g>\n");
}
