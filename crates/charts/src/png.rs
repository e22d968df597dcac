//! Drawings as images.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// The most pixels of an image.
const MAX_PIXELS: f32 = 40_000_000.0;

/// The fonts that come with the program, so that images look the same wherever they are drawn.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(notosans::REGULAR_TTF.to_vec());
    fonts.load_font_data(notosans::BOLD_TTF.to_vec());
    fonts.set_sans_serif_family("Noto Sans");
    Arc::new(fonts)
});

/// An SVG document of this crate as a PNG image, `scale` times as large; smaller where it would have more than 40 million pixels.
///
/// # Panics
/// Where `svg` is not what this crate has drawn.
pub fn png(svg: &str, scale: f32) -> Vec<u8> {
    let options = Options { font_family: "Noto Sans".to_owned(), fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(svg, &options).expect("drawings are well-formed");
    let size = tree.size();
    let largest = (MAX_PIXELS / (size.width() * size.height())).sqrt();
    let scale = if scale.is_finite() { scale.clamp(0.1, 4.0).min(largest) } else { 1.0 };
    let (width, height) = (pixels(size.width() * scale), pixels(size.height() * scale));
    let mut image = Pixmap::new(width, height).expect("drawings have a size, and the scale bounds it");
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut image.as_mut());
    image.encode_png().expect("memory takes all that is written")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded above, and at least one")]
fn pixels(length: f32) -> u32 {
    length.round().clamp(1.0, MAX_PIXELS) as u32
}
