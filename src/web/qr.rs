//! QR codes as pictures.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::store::Error;

/// White around the code, in modules, without which phones do not find it.
const QUIET: i32 = 4;
/// Least width of the picture in pixels.
const WIDTH: i32 = 480;

/// A QR code as a black and white PNG, at least [`WIDTH`] pixels wide.
pub fn png(text: &str) -> Result<Vec<u8>, Error> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|error| Error::Broken(error.to_string()))?;
    let modules = code.size() + 2 * QUIET;
    let scale = WIDTH.div_euclid(modules) + 1;
    let side = modules * scale;
    let dark = |x: i32, y: i32| code.get_module(x / scale - QUIET, y / scale - QUIET);
    let pixels: Vec<u8> =
        (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).map(|(x, y)| if dark(x, y) { 0 } else { 255 }).collect();
    draw(side.unsigned_abs(), &pixels).map_err(|error| Error::Broken(error.to_string()))
}

fn draw(side: u32, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(out)
}
