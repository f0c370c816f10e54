//! The schema's versions, each with a way up and a way down, and what a version promises beyond its tables.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::store::error::{Error, Result};

/// The newest version this program knows.
pub const LATEST: u32 = 17;
/// Since this version requests carry the keys of their songs.
pub const KEYED: u32 = 3;
/// Since this version there is a catalogue of tracks, with the words by which they are looked for.
pub const SEARCHED: u32 = 7;
/// Since this version the file can be made smaller piece by piece.
pub const SHRINKING: u32 = 8;
/// Whoever comes past one of these versions has the keys of all songs made anew: folding is more than SQL can do, so a
/// change of it is a version of its own. 9 mends files whose upgrade an earlier program left half done; since 13 text is
/// folded by its script, and since 16 a title's own words are told from what is added to it.
const FOLDED: [u32; 4] = [KEYED, 9, 13, 16];

/// What leads up to a version, and down from it again.
const STEPS: [[&str; 2]; LATEST as usize] = [
    [
        include_str!("../../../../sql/001_single_tenant.up.sql"),
        include_str!("../../../../sql/001_single_tenant.down.sql"),
    ],
    [
        include_str!("../../../../sql/002_multi_tenancy.up.sql"),
        include_str!("../../../../sql/002_multi_tenancy.down.sql"),
    ],
    [include_str!("../../../../sql/003_party.up.sql"), include_str!("../../../../sql/003_party.down.sql")],
    [include_str!("../../../../sql/004_access.up.sql"), include_str!("../../../../sql/004_access.down.sql")],
    [include_str!("../../../../sql/005_spotify.up.sql"), include_str!("../../../../sql/005_spotify.down.sql")],
    [include_str!("../../../../sql/006_watching.up.sql"), include_str!("../../../../sql/006_watching.down.sql")],
    [include_str!("../../../../sql/007_search.up.sql"), include_str!("../../../../sql/007_search.down.sql")],
    [include_str!("../../../../sql/008_keeping.up.sql"), include_str!("../../../../sql/008_keeping.down.sql")],
    [include_str!("../../../../sql/009_wal_mark.up.sql"), include_str!("../../../../sql/009_wal_mark.down.sql")],
    [include_str!("../../../../sql/010_line.up.sql"), include_str!("../../../../sql/010_line.down.sql")],
    [include_str!("../../../../sql/011_clock.up.sql"), include_str!("../../../../sql/011_clock.down.sql")],
    [include_str!("../../../../sql/012_lined_at.up.sql"), include_str!("../../../../sql/012_lined_at.down.sql")],
    [include_str!("../../../../sql/013_folding.up.sql"), include_str!("../../../../sql/013_folding.down.sql")],
    [include_str!("../../../../sql/014_matching.up.sql"), include_str!("../../../../sql/014_matching.down.sql")],
    [include_str!("../../../../sql/015_repeats.up.sql"), include_str!("../../../../sql/015_repeats.down.sql")],
    [include_str!("../../../../sql/016_titles.up.sql"), include_str!("../../../../sql/016_titles.down.sql")],
    [include_str!("../../../../sql/017_asked_as.up.sql"), include_str!("../../../../sql/017_asked_as.down.sql")],
];

/// Lays the tables of version `target` in the place of those of version `from`.
pub fn lay(conn: &mut Connection, from: u32, target: u32) -> Result<()> {
    conn.pragma_update(None, "foreign_keys", false)?;
    let steps = STEPS.iter().map(|[up, down]| M::up(up).down(down).foreign_key_check());
    let failed = |error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => match Error::from(err) {
            Error::Broken(why) => broken(from, target, &why),
            other => other,
        },
        other => broken(from, target, &other.to_string()),
    };
    Migrations::new(steps.collect()).to_version(conn, target as usize).map_err(failed)
}

/// Whether the keys of all songs are to be made anew on this way.
pub fn rekeys(from: u32, target: u32) -> bool {
    FOLDED.iter().any(|version| (from + 1..=target).contains(version))
}

fn broken(from: u32, target: u32, why: &str) -> Error {
    Error::Broken(format!("the step from version {from} to {target} failed and was undone: {why}"))
}
