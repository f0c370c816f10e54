//! Styles, scripts and pictures that pages name, each by what is in it: whatever has changed has another address.

use maud::Render;

/// A file that pages name.
pub struct Asset {
    stem: &'static str,
    pub ending: &'static str,
    pub text: &'static str,
    mark: [u8; 16],
}

pub const STYLE: Asset = Asset::of("style", "css", include_str!("../../assets/style.css"));
pub const ADMIN_STYLE: Asset = Asset::of("admin", "css", include_str!("../../assets/admin.css"));
pub const STAGE_STYLE: Asset = Asset::of("stage", "css", include_str!("../../assets/stage.css"));
pub const ICON: Asset = Asset::of("icon", "svg", include_str!("../../assets/icon.svg"));
pub const ADMIN: Asset = Asset::of("admin", "js", include_str!("../../assets/admin.js"));
pub const DISPLAY: Asset = Asset::of("display", "js", include_str!("../../assets/display.js"));
pub const DRAFT: Asset = Asset::of("draft", "js", include_str!("../../assets/draft.js"));
pub const PRINT: Asset = Asset::of("print", "js", include_str!("../../assets/print.js"));

/// What every page has, one request for all of it. A file may use at once what those above it put into `party`.
pub const APP: Asset = Asset::of(
    "app",
    "js",
    concat!(
        include_str!("../../assets/app/elements.js"),
        include_str!("../../assets/app/said.js"),
        include_str!("../../assets/app/times.js"),
        include_str!("../../assets/app/wishes.js"),
        include_str!("../../assets/app/search.js"),
        include_str!("../../assets/app/answers.js"),
        include_str!("../../assets/app/forms.js"),
        include_str!("../../assets/app/sign_in.js"),
    ),
);

/// What brings news to a page.
pub const LIVE: Asset = Asset::of(
    "live",
    "js",
    concat!(
        include_str!("../../assets/live/counted.js"),
        include_str!("../../assets/live/parts.js"),
        include_str!("../../assets/live/page.js"),
        include_str!("../../assets/live/changes.js"),
        include_str!("../../assets/live/stream.js"),
    ),
);

pub const ALL: [Asset; 10] = [STYLE, ADMIN_STYLE, STAGE_STYLE, ICON, ADMIN, DISPLAY, DRAFT, PRINT, APP, LIVE];

impl Asset {
    const fn of(stem: &'static str, ending: &'static str, text: &'static str) -> Self {
        Self { stem, ending, text, mark: hex(fnv1a(text.as_bytes())) }
    }

    /// What stands for its content, in its address.
    #[must_use]
    pub fn mark(&self) -> &str {
        // Sixteen digits are.
        str::from_utf8(&self.mark).unwrap_or_default()
    }

    /// Where it is as it is now, whatever that may be.
    #[must_use]
    pub fn plain(&self) -> String {
        format!("/assets/{}.{}", self.stem, self.ending)
    }

    /// What of it a name is of: `style.css` of whatever it is now, `style.0123456789abcdef.css` of one edition.
    #[must_use]
    pub fn named<'a>(&self, name: &'a str) -> Option<Edition<'a>> {
        let rest = name.strip_prefix(self.stem)?.strip_suffix(self.ending)?;
        match rest.strip_prefix('.')?.strip_suffix('.') {
            None => rest.eq(".").then_some(Edition::Any),
            Some(mark) => Some(Edition::Of(mark)),
        }
    }
}

/// Which edition of a file is asked for.
pub enum Edition<'a> {
    Any,
    Of(&'a str),
}

impl Render for Asset {
    fn render_to(&self, into: &mut String) {
        for piece in ["/assets/", self.stem, ".", self.mark(), ".", self.ending] {
            into.push_str(piece);
        }
    }
}

/// The hash of Fowler, Noll and Vo, which can be taken while this is compiled. Nobody chooses these files to have the same.
const fn fnv1a(bytes: &[u8]) -> u64 {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

const fn hex(hash: u64) -> [u8; 16] {
    let (mut digits, mut at) = ([0; 16], 0);
    while at < 16 {
        digits[at] = b"0123456789abcdef"[(hash >> (60 - 4 * at) & 15) as usize];
        at += 1;
    }
    digits
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ALL, APP, LIVE, fnv1a, hex};

    #[test]
    fn every_script_of_a_folder_is_in_what_is_joined_of_it() {
        for (folder, joined) in [("app", APP.text), ("live", LIVE.text)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(folder);
            let mut left = joined.to_owned();
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                let script = std::fs::read_to_string(&path).unwrap();
                assert_eq!(joined.matches(&script).count(), 1, "{} is not joined", path.display());
                assert!(script.lines().count() <= 200, "{} is long", path.display());
                left = left.replace(&script, "");
            }
            assert_eq!(left, "");
        }
    }

    #[test]
    fn every_style_script_and_picture_beside_them_is_served() {
        let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")).unwrap();
        for path in files.map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(ALL.iter().any(|asset| asset.text == text), "nobody is given {}", path.display());
        }
    }

    #[test]
    fn a_mark_is_the_published_hash_of_what_it_stands_for() {
        let marks = ["", "a", "foobar"].map(|text| String::from_utf8(hex(fnv1a(text.as_bytes())).to_vec()).unwrap());
        assert_eq!(marks, ["cbf29ce484222325", "af63dc4c8601ec8c", "85944171f73967e8"]);
    }
}
