//! Digits as the keyboards of the world type them.

use super::line::takes_no_room;

/// The zero of each script's ten decimal digits (Unicode category Nd), which stand in a row from nought to nine.
const ZEROS: [u32; 66] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50,
    0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950,
    0x1FBF0,
];

/// The digit `0` to `9` that a character of any script stands for; `None` for what is no decimal digit.
pub fn value(c: char) -> Option<char> {
    let place = |zero: &u32| u32::from(c).checked_sub(*zero).filter(|step| *step < 10);
    ZEROS.iter().find_map(place).and_then(|step| char::from_digit(step, 10))
}

/// What people and keyboards put between digits: spaces, hyphens and dashes, and marks that take no ink.
pub fn filler(c: char) -> bool {
    let dash =
        matches!(c, '-' | '\u{AD}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}');
    c.is_whitespace() || dash || takes_no_room(c)
}
