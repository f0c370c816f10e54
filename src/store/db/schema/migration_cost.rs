//! What a change of version will take, told before it begins: room on the disk, and time.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::domain::Song;
use crate::store::db::file::progress::SHORT;
use crate::store::db::file::{files, replace};
use crate::store::error::Result;

const MB: u64 = 1_000_000;
/// What is left free for the box itself.
const MARGIN: u64 = 8 * MB;
/// Bytes written to try the disk.
const TRIED: u64 = 8 * MB;
/// Songs folded to try the processor.
const SONGS: u64 = 1000;
/// Bytes that a request takes with all that belongs to it.
const A_REQUEST: u64 = 900;
/// What is done for each request takes so many times as long as to fold its song.
const WORK: f64 = 3.0;

/// Refuses where there is no room for a second file of another version beside the database, and for what keeps the old one.
pub fn ask(database: &Path, from: u32, kept: &Path, what: &str) -> Result<()> {
    let whole: u64 = files::sizes(database)?.iter().sum();
    replace::ask(database, whole / 100 * growth(from) + MARGIN, kept, what)
}

/// How long the new file gets at most on its way, in hundredths of the old one.
fn growth(from: u32) -> u64 {
    match from {
        0 | 1 => 600,
        2 => 350,
        _ => 130,
    }
}

/// Says what begins now and about how long it takes, going by a quick try of this machine; `probe` may be written for it.
pub fn announce(database: &Path, probe: &Path, from: u32, target: u32) -> Result<()> {
    let size = files::size(database)?;
    if size < SHORT {
        return Ok(());
    }
    let seconds = 1 + (writing(probe, size / 100 * growth(from))? + working(size)).as_secs();
    let span = if seconds < 100 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) };
    log::info!(target: "box", "The database ({} MB) goes from version {from} to {target}: about {span}. The old one is kept in backups/.", size / MB);
    Ok(())
}

/// How long so many bytes take to be written.
fn writing(probe: &Path, bytes: u64) -> Result<Duration> {
    let began = Instant::now();
    let write = || {
        let mut file = File::create(probe)?;
        file.write_all(&vec![0x5a; usize::try_from(TRIED).unwrap_or(0)])?;
        file.sync_all()
    };
    let tried = write().map_err(|error| files::fault(probe, &error));
    files::remove(probe)?;
    tried.map(|()| began.elapsed().mul_f64(times(bytes, TRIED)))
}

/// How long this machine thinks about so many bytes of requests.
fn working(bytes: u64) -> Duration {
    let began = Instant::now();
    for n in 0..SONGS {
        std::hint::black_box(Song::named(format!("Song {n} - Remastered 2011"), "Somebody feat. Nobody").key());
    }
    began.elapsed().mul_f64(WORK * times(bytes, SONGS * A_REQUEST))
}

fn times(many: u64, few: u64) -> f64 {
    f64::from(u32::try_from(many / few).unwrap_or(u32::MAX))
}
