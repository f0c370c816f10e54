//! Why the store did not do something.

use std::fmt;

use rusqlite::ErrorCode;

use crate::domain::Refusal;

/// Why the store did not do it. A fault is never reported as absence.
#[derive(Clone, Debug)]
pub enum Error {
    /// No such row of this tenant.
    NotFound,
    /// Someone else holds the database, or it is being closed; worth trying again soon.
    Busy,
    /// The disk is full or read-only: nothing can be written now, reading goes on.
    Full,
    /// The disk failed at a write or a read; what was answered before is safe.
    Disk,
    /// The database was moved, deleted or replaced while it was open: what is written now would be lost.
    Displaced,
    /// Another program wrote over the main file while it was open: what is read now would be mixed with it.
    Overwritten,
    /// What was asked cannot be done with this file or name; the sentence says why.
    Unfit(String),
    /// Pages of the database are not what they were; the text is the database's own, for the log.
    Damaged(String),
    /// The database or our use of it is at fault; the text is for the log.
    Broken(String),
    /// The domain says no; nothing was written.
    Refused(Refusal),
}

/// What every function of the store answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The word by which a program knows what went wrong.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::NotFound => "not_found",
            Self::Busy => "busy",
            Self::Full => "disk_full",
            Self::Disk => "disk_fault",
            Self::Displaced => "database_displaced",
            Self::Overwritten => "database_overwritten",
            Self::Damaged(_) => "database_damaged",
            Self::Unfit(_) => "not_possible",
            Self::Broken(_) => "broken",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("There is nothing here."),
            Self::Busy => f.write_str("The database is busy. Please try again in a moment."),
            Self::Full => f.write_str(
                "The disk is full or read-only, so nothing can be saved right now. Free some space and try again.",
            ),
            Self::Disk => f.write_str(
                "The disk failed just now, so this could not be saved. Please try again; the owner should run `partyplaylist doctor`.",
            ),
            Self::Displaced => f.write_str(
                "The database was moved, deleted or replaced while the box runs, so nothing can be saved. The owner puts it back, or restarts the box.",
            ),
            Self::Overwritten => f.write_str(
                "Another program wrote over the database while the box runs, so nothing can be shown or saved. The owner restarts the box, which goes on with what is in the file then.",
            ),
            Self::Unfit(why) => f.write_str(why),
            Self::Damaged(_) => f.write_str(
                "The database is damaged, so this could not be done. The owner puts a backup back with `partyplaylist restore`: the newest are in backups/.",
            ),
            Self::Broken(what) => write!(f, "The database is not usable: {what}"),
            Self::Refused(refusal) => f.write_str(&refusal.sentence()),
        }
    }
}

impl std::error::Error for Error {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            _ if matches!(error, rusqlite::Error::QueryReturnedNoRows) => Self::NotFound,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull | ErrorCode::ReadOnly) => Self::Full,
            // No room for the WAL's index is a full disk by another name.
            Some(ErrorCode::SystemIoFailure) if is_shm_without_room(&error) => Self::Full,
            Some(ErrorCode::SystemIoFailure) => Self::Disk,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}

fn is_shm_without_room(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|fault| fault.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

impl From<r2d2::Error> for Error {
    fn from(_: r2d2::Error) -> Self {
        Self::Busy
    }
}
