//! A night as a table for spreadsheets.

use unicode_normalization::char::is_combining_mark;

use crate::domain::{Report, Timestamp, Zone, takes_no_room};
use crate::store::Error;

/// Tells spreadsheets that the table is UTF-8; without it they take it for the alphabet of the country they are in.
const MARK: &str = "\u{FEFF}";

/// Moments in UTC, to compute with, and at the end by the clock at the venue, to read. An hour that comes twice in autumn is
/// told apart by how far the venue was from UTC.
const COLUMNS: [&str; 13] = [
    "asked_at",
    "title",
    "artist",
    "nickname",
    "note",
    "status",
    "votes",
    "finished_at",
    "asked_local",
    "asked_offset",
    "finished_local",
    "finished_offset",
    "time_zone",
];

/// The table of a night, by the clock of `zone`.
pub fn write(report: &Report, zone: &Zone) -> Result<String, Error> {
    let broken = |error: String| Error::Broken(format!("the table was not written: {error}"));
    let mut table =
        csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(MARK.as_bytes().to_vec());
    // With the word before it no spreadsheet takes it for a sum or a time of day.
    let offset = |at| format!("UTC{}", zone.offset(at));
    table.write_record(COLUMNS).map_err(|error| broken(error.to_string()))?;
    for request in &report.requests {
        let (view, finished) = (&request.view, request.finished_at);
        let told = |what: &dyn Fn(Timestamp) -> String| finished.map(what).unwrap_or_default();
        let cells = [
            request.created_at.to_string(),
            harmless(&view.title),
            harmless(&view.artist),
            harmless(view.nickname.as_deref().unwrap_or_default()),
            harmless(request.note.as_deref().unwrap_or_default()),
            view.status.as_str().to_owned(),
            view.votes.to_string(),
            told(&|at| at.to_string()),
            zone.local(request.created_at),
            offset(request.created_at),
            told(&|at| zone.local(at)),
            told(&offset),
            zone.name(request.created_at),
        ];
        table.write_record(cells).map_err(|error| broken(error.to_string()))?;
    }
    let bytes = table.into_inner().map_err(|error| broken(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| broken(error.to_string()))
}

/// A text that a spreadsheet would run as a formula is made plain by an apostrophe; some read the wide signs of Asian
/// keyboards too, and look behind what takes no room. Where tables have semicolons or tabs between their cells, as in half of
/// Europe, quotes do not keep a text with one in it together: whatever follows it is a cell as well.
fn harmless(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let (mut cell, mut begins) = (0, true);
    for c in text.chars() {
        if begins && is_sign(c) {
            plain.insert(cell, '\'');
        }
        plain.push(c);
        if matches!(c, ';' | ',' | '|' | '\t' | '\r' | '\n') {
            (cell, begins) = (plain.len(), true);
        } else {
            begins &= c == '"' || c.is_whitespace() || takes_no_room(c) || is_combining_mark(c);
        }
    }
    plain
}

fn is_sign(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫' | '−'
    )
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_title_is_never_a_formula_not_even_in_wide_signs() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tA1",
            "\rA1",
            "＝1+1",
            "＋1",
            "－1",
            "＠SUM(A1)",
            " =1",
            "\u{200B}＝1",
            "\u{2060}\u{301}=1",
            "\u{3164}\u{200E}=1",
            "\nA1",
            "﹦1",
            "﹢1",
            "﹣1",
            "﹫A1",
            "−1",
        ] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for plain in ["Blue Monday", "", "1+1=2", "a＝b", "–", "Song; live", "Me, you", "a;b=c"] {
            assert_eq!(harmless(plain), plain);
        }
    }

    #[test]
    fn a_title_with_another_countrys_separator_in_it_begins_no_formula_behind_it() {
        for (title, written) in [
            ("Love;=cmd|' /C calc'!A0", "Love;'=cmd|' /C calc'!A0"),
            ("Love;\"=1", "Love;'\"=1"),
            ("Love; -1;+1", "Love;' -1;'+1"),
            ("a\t=1,@b|＝2", "a\t'=1,'@b|'＝2"),
            ("=1;=1", "'=1;'=1"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("\n=1", "'\n'=1"),
        ] {
            assert_eq!(harmless(title), written);
        }
    }
}
