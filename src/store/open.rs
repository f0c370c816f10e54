//! A database is opened, and what is sealed in it with it.

use std::path::Path;

use super::clock::Clock;
use super::db::file::displaced::OpenedFiles;
use super::db::pool::{self, Readers};
use super::db::recovery::stale_wal::was_cut_off;
use super::db::store::{Opened, Store};
use super::db::wal::checkpoint::{CheckpointedBy, Checkpointer};
use super::error::Result;
use super::sealing;
use super::vault::Vault;

/// The names one database goes by.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// Where its file is.
    pub path: &'a Path,
    /// What it is asked for by.
    pub asked: &'a Path,
}

impl Store {
    /// Opens a database that is at the newest version already.
    pub fn open(path: &Path, readers: Readers, clock: Clock, vault: Vault) -> Result<Self> {
        Self::open_beside(Names { path, asked: path }, readers, CheckpointedBy::Box, clock, vault)
    }

    /// The same, and says by what name it is asked for, and who checkpoints the WAL.
    pub fn open_beside(
        names: Names,
        readers: Readers,
        checkpointed_by: CheckpointedBy,
        clock: Clock,
        vault: Vault,
    ) -> Result<Self> {
        let cut_off = was_cut_off(names.path);
        Self::start(opened(names, checkpointed_by, clock, vault)?, Some(readers), cut_off)
    }

    /// Opens it for a command, beside a box that may be running: with one connection for everything.
    pub fn open_alone(path: &Path, clock: Clock, vault: Vault) -> Result<Self> {
        Self::start(opened(Names { path, asked: path }, CheckpointedBy::Another, clock, vault)?, None, false)
    }
}

fn opened(names: Names, checkpointed_by: CheckpointedBy, clock: Clock, vault: Vault) -> Result<Opened> {
    let conn = pool::connect(names.path)?;
    sealing::seal(&conn, &vault)?;
    Ok(Opened {
        path: names.path.to_owned(),
        conn,
        checkpointer: Checkpointer::new(names.path, checkpointed_by)?,
        place: OpenedFiles::of(names.path, names.asked, clock.clone())?,
        clock,
        vault,
    })
}
