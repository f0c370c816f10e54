//! Covers, drawn on demand.

use super::json::WIDTHS;
use super::message::Response;

/// The cover under `/image/WIDTH/ID.png`: two colours that come of the id, in rings.
pub fn answer(path: &str) -> Response {
    let parts = path.trim_start_matches("/image/").split_once('/');
    let drawn = parts.and_then(|(width, name)| {
        let width = width.parse().ok().filter(|width| WIDTHS.contains(width))?;
        draw(width, name).ok()
    });
    drawn.map_or_else(|| Response::empty(404), |bytes| Response::of(200, "image/png", bytes))
}

fn draw(width: u32, name: &str) -> Result<Vec<u8>, png::EncodingError> {
    let seed = name.bytes().fold(17_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let [red, green, blue, _] = seed.to_le_bytes();
    let ring = |x: u32, y: u32| {
        let from = |at: u32| i64::from(at) * 2 - i64::from(width);
        (from(x).pow(2) + from(y).pow(2)) * 36 / i64::from(width).pow(2) % 2 == 0
    };
    let places = (0..width).flat_map(|y| (0..width).map(move |x| (x, y)));
    let colour = |(x, y)| if ring(x, y) { [red, green, blue] } else { [blue / 2, red / 2, green / 2] };
    let pixels: Vec<u8> = places.flat_map(colour).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, width);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(out)
}
