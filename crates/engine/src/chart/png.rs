//! The same picture as pixels: resvg reads the SVG with the bundled Inter and nothing else.
//!
//! No system fonts and no linked files, so that a slide looks alike on every machine.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{
    ImageHrefResolver, Options, Tree,
    fontdb::{Database, Source},
};

use super::ChartError;

const REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.ttf");
const SEMIBOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.ttf");
/// Largest side of a PNG in pixels.
const LIMIT: u32 = 16_384;

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_source(Source::Binary(Arc::new(REGULAR)));
    fonts.load_font_source(Source::Binary(Arc::new(SEMIBOLD)));
    fonts.set_sans_serif_family("Inter");
    Arc::new(fonts)
});

/// A chart's SVG as PNG, `scale` pixels to a CSS pixel (2 for slides). The ground is transparent unless the
/// chart was drawn titled.
///
/// # Errors
/// When `svg` is no SVG, or the picture would have no or more than 16,384 pixels on a side.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, ChartError> {
    let options = Options {
        font_family: "Inter".to_owned(),
        fontdb: Arc::clone(&FONTS),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| ChartError::Svg(error.to_string()))?;
    let (width, height) = ((tree.size().width() * scale).round(), (tree.size().height() * scale).round());
    let fits = |side: f32| (1.0..=LIMIT as f32).contains(&side);
    let pixels = if fits(width) && fits(height) { Pixmap::new(width as u32, height as u32) } else { None };
    let mut pixels =
        pixels.ok_or(ChartError::Size { width: f64::from(width), height: f64::from(height), limit: LIMIT })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| ChartError::Png(error.to_string()))
}
