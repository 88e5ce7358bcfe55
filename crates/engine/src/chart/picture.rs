//! The sheet a picture is drawn on: plotters' SVG backend, in CSS pixels, and the finished document.
//!
//! plotters counts whole pixels, so everything is drawn ten times as large and brought back by the view box.
//! Its SVG escapes words and attributes; what is added here is escaped here.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::style::{SOURCE, SUBTITLE, Style, TITLE};
use super::text::{Weight, clean, shorten, wrap};
use super::{ChartError, Frame};
use crate::view::{Chart, Mark};

/// `@font-face` rules for the small Inter of pictures: inside an `<img>` the window's fonts do not reach.
const FONT_FACES: &str = include_str!("../../fonts/chart.css");
const FAMILY: &str = "Inter, system-ui, sans-serif";
/// Units of the view box to a CSS pixel.
const FINE: f64 = 10.0;
/// plotters writes a font size this much smaller than asked.
const FONT_SHRINK: f64 = 1.24;
/// plotters sets a top-anchored text's baseline this much of the size below.
const TOP_TO_BASELINE: f64 = 0.76;
const EDGE: f64 = 20.0;

/// Which end of the words stands at the place given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// They begin there.
    Start,
    /// They are centred there.
    Middle,
    /// They end there.
    End,
}

/// How words are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    /// Size in CSS pixels.
    pub size: f64,
    /// Weight.
    pub weight: Weight,
    /// `0xRRGGBB`.
    pub colour: u32,
    /// Which end stands at the place given.
    pub align: Align,
}

/// A sheet to draw on; every length in CSS pixels of the design, which a large export enlarges as a whole.
pub(super) struct Sheet<'a> {
    backend: SVGBackend<'a>,
    fine: f64,
    /// Colours.
    pub style: &'static Style,
    /// Left end of what may be drawn on.
    pub left: f64,
    /// Upper end, below the title.
    pub top: f64,
    /// Right end.
    pub right: f64,
    /// Lower end.
    pub bottom: f64,
}

impl Sheet<'_> {
    /// A line through `points`.
    pub fn path(&mut self, points: &[(f64, f64)], colour: u32, width: f64) -> Result<(), ChartError> {
        let stroke = ShapeStyle {
            color: rgb(colour).to_rgba(),
            filled: false,
            stroke_width: self.whole(width).unsigned_abs().max(1),
        };
        let points: Vec<(i32, i32)> = points.iter().map(|&point| self.place(point)).collect();
        self.backend.draw_path(points, &stroke).map_err(refused)
    }

    /// A dashed line through `points`; the rhythm runs on round corners.
    pub fn dashes(&mut self, points: &[(f64, f64)], dash: f64, colour: u32, width: f64) -> Result<(), ChartError> {
        for piece in cut(points, dash) {
            self.path(&piece, colour, width)?;
        }
        Ok(())
    }

    /// A filled shape; `cover` from 0 to 1 is how much of the ground it hides.
    pub fn fill(&mut self, corners: &[(f64, f64)], colour: u32, cover: f64) -> Result<(), ChartError> {
        let corners: Vec<(i32, i32)> = corners.iter().map(|&corner| self.place(corner)).collect();
        self.backend.fill_polygon(corners, &rgb(colour).mix(cover)).map_err(refused)
    }

    /// A bar.
    pub fn bar(&mut self, x: f64, y: f64, w: f64, h: f64, colour: u32) -> Result<(), ChartError> {
        let style: ShapeStyle = rgb(colour).filled();
        let (from, to) = (self.place((x, y)), self.place((x + w, y + h)));
        self.backend.draw_rect(from, to, &style, true).map_err(refused)
    }

    /// A dot.
    pub fn dot(&mut self, x: f64, y: f64, radius: f64, colour: u32) -> Result<(), ChartError> {
        let style: ShapeStyle = rgb(colour).filled();
        let (centre, radius) = (self.place((x, y)), self.whole(radius).unsigned_abs());
        self.backend.draw_circle(centre, radius, &style, true).map_err(refused)
    }

    /// A circle's outline.
    pub fn ring(&mut self, x: f64, y: f64, radius: f64, colour: u32, width: f64) -> Result<(), ChartError> {
        let style = ShapeStyle {
            color: rgb(colour).to_rgba(),
            filled: false,
            stroke_width: self.whole(width).unsigned_abs().max(1),
        };
        let (centre, radius) = (self.place((x, y)), self.whole(radius).unsigned_abs());
        self.backend.draw_circle(centre, radius, &style, false).map_err(refused)
    }

    /// Words on a baseline.
    pub fn words(&mut self, x: f64, baseline: f64, words: &str, pen: Pen) -> Result<(), ChartError> {
        let size = pen.size * self.fine;
        let face = match pen.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::SemiBold => FontStyle::Bold,
        };
        let across = match pen.align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        let colour = rgb(pen.colour);
        let style = TextStyle::from((FontFamily::Name(FAMILY), size * FONT_SHRINK, face).into_font())
            .color(&colour)
            .pos(Pos::new(across, VPos::Top));
        let place = self.place((x, baseline - TOP_TO_BASELINE * pen.size));
        self.backend.draw_text(&clean(words), &style, place).map_err(refused)
    }

    /// `y` moved so that a line one pixel wide is sharp there.
    pub fn sharp(y: f64) -> f64 {
        (y - 0.5).round() + 0.5
    }

    fn whole(&self, length: f64) -> i32 {
        (length * self.fine).round() as i32
    }

    fn place(&self, (x, y): (f64, f64)) -> (i32, i32) {
        (self.whole(x), self.whole(y))
    }

    fn head(&mut self, frame: &Frame) -> Result<(), ChartError> {
        let room = self.right - self.left;
        // A title says what the picture shows, with the names of scenarios: on two lines where one is too short.
        let title = wrap(&clean(&frame.title), room, 2, (TITLE, Weight::SemiBold));
        let pen = Pen { size: TITLE, weight: Weight::SemiBold, colour: self.style.ink, align: Align::Start };
        for line in &title {
            self.words(self.left, self.top + 10.0, line, pen)?;
            self.top += 18.0;
        }
        self.top -= 18.0;
        let subtitle = shorten(&clean(&frame.subtitle), room, SUBTITLE, Weight::Regular);
        let pen = Pen { size: SUBTITLE, weight: Weight::Regular, colour: self.style.soft_ink, align: Align::Start };
        self.words(self.left, self.top + 27.0, &subtitle, pen)?;
        self.top += 42.0;
        Ok(())
    }

    /// Where the figures come from, at the foot.
    fn foot(&mut self, source: &str) -> Result<(), ChartError> {
        let words = shorten(&clean(source), self.right - self.left, SOURCE, Weight::Regular);
        let pen = Pen { size: SOURCE, weight: Weight::Regular, colour: self.style.soft_ink, align: Align::Start };
        self.words(self.left, self.bottom, &words, pen)?;
        self.bottom -= 20.0;
        Ok(())
    }
}

impl Frame {
    /// Room from the left to the right end of the picture, in CSS pixels of the design.
    pub(super) fn across(&self) -> f64 {
        let (width, height) = (f64::from(self.size.width), f64::from(self.size.height));
        width / self.enlarged(width, height) - 2.0 * self.edge()
    }

    fn enlarged(&self, width: f64, height: f64) -> f64 {
        if self.titled { (width / 640.0).min(height / 360.0).max(1.0) } else { 1.0 }
    }

    fn edge(&self) -> f64 {
        if self.titled { EDGE } else { 0.0 }
    }
}

/// Draws a chart: `paint` gets the sheet below the title and answers with the marks.
pub(super) fn draw(
    frame: &Frame,
    paint: impl FnOnce(&mut Sheet<'_>) -> Result<Vec<Mark>, ChartError>,
) -> Result<Chart, ChartError> {
    let (width, height) = (f64::from(frame.size.width.min(16_384)), f64::from(frame.size.height.min(16_384)));
    let enlarge = frame.enlarged(width, height);
    let edge = frame.edge();
    let mut body = String::new();
    let mut sheet = Sheet {
        backend: SVGBackend::with_string(&mut body, ((width * FINE) as u32, (height * FINE) as u32)),
        fine: FINE * enlarge,
        style: Style::of(frame.theme),
        left: edge,
        top: edge,
        right: width / enlarge - edge,
        bottom: height / enlarge - edge * 0.7,
    };
    if frame.titled {
        sheet.head(frame)?;
        if !frame.source.is_empty() {
            sheet.foot(&frame.source)?;
        }
    }
    let mut marks = paint(&mut sheet)?;
    sheet.backend.present().map_err(refused)?;
    drop(sheet);
    for mark in &mut marks {
        for length in [&mut mark.x, &mut mark.y, &mut mark.w, &mut mark.h] {
            *length = (*length * enlarge * 100.0).round() / 100.0;
        }
    }
    Ok(Chart {
        id: frame.id.clone(),
        title: frame.title.clone(),
        subtitle: frame.subtitle.clone(),
        width,
        height,
        svg: document(frame, &body, width, height),
        alt: frame.alt.clone(),
        marks,
    })
}

/// The words "no data" in the middle, when there is nothing to draw.
pub(super) fn no_data(sheet: &mut Sheet<'_>) -> Result<Vec<Mark>, ChartError> {
    let pen = Pen { size: 12.0, weight: Weight::Regular, colour: sheet.style.soft_ink, align: Align::Middle };
    let (x, y) = ((sheet.left + sheet.right) / 2.0, (sheet.top + sheet.bottom) / 2.0);
    sheet.words(x, y + 4.0, "no data", pen)?;
    Ok(Vec::new())
}

/// plotters' drawing under our own head: size, name, fonts, ground.
fn document(frame: &Frame, body: &str, width: f64, height: f64) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" \
         role=\"img\" stroke-linejoin=\"round\" text-rendering=\"geometricPrecision\">\n<title>{}</title>\n<desc>{}</desc>\n<style>\n{FONT_FACES}</style>\n",
        width * FINE,
        height * FINE,
        escape(&frame.title),
        escape(&frame.alt),
    );
    if frame.titled {
        let ground = Style::of(frame.theme).ground;
        svg.push_str(&format!("<rect width=\"100%\" height=\"100%\" fill=\"#{ground:06x}\"/>\n"));
    }
    let mut in_text = false;
    for line in body.lines().skip(1) {
        let opens = line.starts_with("<text ");
        if opens {
            svg.push_str(&line.replacen(" font-weight=\"bold\"", " font-weight=\"600\"", 1));
        } else {
            svg.push_str(line);
        }
        in_text = (opens || in_text) && line != "</text>";
        if !in_text {
            svg.push('\n');
        }
    }
    svg
}

fn escape(words: &str) -> String {
    clean(words).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn rgb(colour: u32) -> RGBColor {
    let [_, red, green, blue] = colour.to_be_bytes();
    RGBColor(red, green, blue)
}

fn refused(error: impl std::error::Error) -> ChartError {
    ChartError::Draw(error.to_string())
}

/// The drawn pieces of a dashed line: `dash` drawn, `dash` left out.
fn cut(points: &[(f64, f64)], dash: f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    let (mut drawn, mut left) = (true, dash);
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let mut gone = 0.0;
        if drawn && piece.is_empty() {
            piece.push((x0, y0));
        }
        while length - gone > left {
            gone += left;
            let here = (x0 + (x1 - x0) * gone / length, y0 + (y1 - y0) * gone / length);
            piece.push(here);
            if drawn {
                pieces.push(std::mem::take(&mut piece));
            }
            (drawn, left) = (!drawn, dash);
        }
        left -= length - gone;
        if drawn {
            piece.push((x1, y1));
        }
    }
    if drawn && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}
