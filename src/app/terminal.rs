//! Standard output: lines for a person, files for a program, and QR codes.

use std::fmt::Display;
use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Write, stdout};
use std::path::Path;

use qrcodegen::{QrCode, QrCodeEcc};

use super::error::{Error, Result};

/// Whether a file name means standard output.
pub fn is_stdout(dest: &Path) -> bool {
    dest.as_os_str() == "-"
}

/// Writes a line. Fails, and does not panic, where the reader has gone.
pub fn say(line: impl Display) -> Result {
    writeln!(stdout().lock(), "{line}").map_err(|error| unsaid(&error))
}

/// Whether a person looks at standard output.
fn on_terminal() -> bool {
    stdout().is_terminal()
}

/// Refuses to write a file to a terminal.
pub fn may_pour() -> Result {
    if on_terminal() {
        let sentence = "Standard output is a terminal, and this is no text: send it to a file or a program.";
        return Err(Error::Refused(sentence.into()));
    }
    Ok(())
}

/// Writes a whole file as it is.
pub fn pour(mut file: File) -> Result {
    let mut out = stdout().lock();
    std::io::copy(&mut file, &mut out).and_then(|_| out.flush()).map_err(|error| unsaid(&error))
}

/// A QR code made of half blocks; on a terminal in black on white, whatever colours that has.
pub fn qr_code(text: &str) -> String {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Low) else { return String::new() };
    let light = |x, y| !code.get_module(x, y);
    let (dress, undress) = if on_terminal() { ("\x1b[97;40m", "\x1b[0m") } else { ("", "") };
    let row = |y: i32| -> String {
        let cells = (-2..code.size() + 2).map(|x| match (light(x, y), light(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        });
        format!("{dress}{}{undress}", cells.collect::<String>())
    };
    (-2..code.size() + 2).step_by(2).map(row).collect::<Vec<_>>().join("\n")
}

fn unsaid(error: &std::io::Error) -> Error {
    let why = match error.kind() {
        ErrorKind::BrokenPipe => "whoever read it has gone".into(),
        ErrorKind::StorageFull => "the disk of the file it goes to is full".into(),
        _ => error.to_string(),
    };
    Error::Refused(format!("The answer could not be written to standard output: {why}."))
}
