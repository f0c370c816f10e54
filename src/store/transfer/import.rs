//! A DJ from another box, taken in whole or not at all.

mod fit;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::tables::{Carried, carry_in, holders, named_tables, tables, texts};
use crate::domain::{AccountStatus, Line, Outcome, RequestId, Role, Timestamp, UserId, Username};
use crate::store::account::removal::{Unseen, arriving, clear_up_alone};
use crate::store::db::file::foreign::{ForeignFile, OpenCopy};
use crate::store::db::pool::{APPLICATION_ID, DJ_ID, bound, connect};
use crate::store::db::schema::check::foreign;
use crate::store::db::schema::migrate::step;
use crate::store::db::schema::present_accounts::PRESENT;
use crate::store::db::schema::versions::LATEST;
use crate::store::db::wal::mark::in_turn;
use crate::store::error::{Error, Result};
use crate::store::party::events::sealed;
use crate::store::party::rules::as_rules;
use crate::store::tenant::audit;
use crate::store::tenant::audit::Entry;
use crate::store::vault::Vault;
use fit::misfit;

/// The first version of which there are such files.
const FIRST: u32 = 8;
/// Versions of events stay below this: from here on not every number of JSON is told from the next.
const VERSIONS: i64 = 1 << 53;

/// Who arrived, and with what.
pub struct Arrived {
    pub username: Username,
    pub carried: Carried,
    /// Rows whose id another row of this box has already; they have new ones.
    pub renamed: usize,
    /// They were a super admin; here they are a DJ.
    pub demoted: bool,
}

/// A DJ's file that is fit to be taken in: it was looked through, and nothing was made or changed for it yet.
pub struct Arrival {
    foreign_file: ForeignFile,
    id: UserId,
    username: Username,
    demoted: bool,
}

impl Arrival {
    /// Looks through a file of `export`, whose DJ gets another name if one is given. There need be no database yet, only
    /// its folder. Refuses a file with anything in it that `export` would not have written.
    pub fn of(file: &Path, database: &Path, name: Option<Username>) -> Result<Self> {
        let foreign_file = ForeignFile::of(file, database)?;
        let copy = foreign_file.open()?;
        is_a_djs(&foreign_file, &copy)?;
        is_as_we_make_them(&foreign_file, &copy)?;
        foreign_file.is_sound(&copy.conn)?;
        is_all_of_one(&foreign_file, &copy.conn)?;
        has_fit_values(&foreign_file, &copy.conn)?;
        let (id, username, demoted) = who(&copy.conn, name)?;
        drop(copy);
        step(&foreign_file.path(), LATEST)?;
        Ok(Self { foreign_file, id, username, demoted })
    }

    /// Takes the DJ in. Ids stay where they are free; a running event gets a new PIN and code. The database must be at the
    /// newest version; a box may run on it. Refuses a name that is taken, and somebody who is here already.
    pub fn take_in(self, database: &Path, vault: &Vault, now: Timestamp) -> Result<Arrived> {
        let conn = connect(database)?;
        clear_up_alone(&conn, database)?;
        let Self { id, username, demoted, .. } = &self;
        is_new_here(&conn, id)?;
        is_free(&conn, username)?;
        let (renamed, status) = self.get_ready(&conn)?;
        let carried = carry_in(&self.foreign_file.path(), &conn);
        let arrived = carried.and_then(|carried| {
            in_turn(&conn, |conn| self.show(conn, status, vault, now))?;
            Ok(carried)
        });
        // Nobody has seen any of it. Another import of the same DJ may have been faster.
        let carried = arrived.or_else(|error| {
            Unseen::arriving(id, &self.foreign_file.id()).clear(&conn)?;
            is_new_here(&conn, id).and(Err(error))
        })?;
        Ok(Arrived { username: username.clone(), carried, renamed, demoted: *demoted })
    }

    /// Makes the copy what is taken in: the account under a name nobody can have, and nobody else's ids. Answers how many
    /// ids are new, and what the account's status is to be.
    fn get_ready(&self, conn: &Connection) -> Result<(usize, AccountStatus)> {
        conn.execute(
            "ATTACH DATABASE CAST(:file AS TEXT) AS incoming",
            named_params! { ":file": bound(&self.foreign_file.path())? },
        )?;
        let tx = conn.unchecked_transaction()?;
        tx.pragma_update(None, "defer_foreign_keys", true)?;
        let status = tx.query_row("SELECT status FROM incoming.users", [], |row| row.get("status"))?;
        let sql = "UPDATE incoming.users SET username = :passing, role = :role, status = :status";
        tx.execute(
            sql,
            named_params! {
                ":passing": arriving(&self.foreign_file.id()), ":role": Role::Dj, ":status": AccountStatus::Suspended,
            },
        )?;
        let renamed = make_room(&tx)?;
        tx.commit()?;
        conn.execute("DETACH DATABASE incoming", [])?;
        Ok((renamed, status))
    }

    /// The last step: all of it is there, and is to be seen.
    fn show(&self, conn: &Connection, status: AccountStatus, vault: &Vault, now: Timestamp) -> Result<()> {
        is_free(conn, &self.username)?;
        let sql = "UPDATE users SET username = :username, status = :status, role = :role
                   WHERE id = :id AND username = :passing";
        let named = named_params! {
            ":id": self.id, ":username": self.username, ":status": status, ":role": Role::Dj,
            ":passing": arriving(&self.foreign_file.id()),
        };
        if conn.execute(sql, named)? == 0 {
            return Err(Error::Unfit("This DJ was cleared away while they arrived. Please try again.".into()));
        }
        sealed::renew(conn, &self.id, vault)?;
        let entry = Entry {
            actor: "command line",
            action: "move in from another box",
            address: None,
            outcome: Outcome::Allowed,
        };
        audit::note(conn, &self.id, entry, now)
    }
}

fn is_a_djs(foreign_file: &ForeignFile, copy: &OpenCopy) -> Result<()> {
    match (copy.mark, copy.version) {
        (DJ_ID, FIRST..=LATEST) => Ok(()),
        (DJ_ID, newer) if newer > LATEST => Err(foreign_file.unfit(&format!(
            "is of version {newer}, and this PartyPlaylist knows versions up to {LATEST}: install the newer one first"
        ))),
        (APPLICATION_ID, _) => Err(foreign_file.unfit(
            "holds a whole box, not one DJ: write a DJ's file with `partyplaylist tenant export NAME DEST`, or put this one in place with `partyplaylist restore`",
        )),
        _ => Err(foreign_file.unfit("is not a DJ's file: `partyplaylist tenant export NAME DEST` writes them")),
    }
}

/// A trigger, a view or another table of the file's own could do anything once rows move.
fn is_as_we_make_them(foreign_file: &ForeignFile, copy: &OpenCopy) -> Result<()> {
    if foreign(&copy.conn, copy.version).is_ok_and(|foreign| foreign.is_empty()) {
        return Ok(());
    }
    Err(foreign_file.unfit("has other tables in it than `partyplaylist tenant export` makes"))
}

/// Texts without end, moments that no calendar has, and what else no box writes.
fn has_fit_values(foreign_file: &ForeignFile, copy: &Connection) -> Result<()> {
    if let Some((table, column)) = foreign_file.looked_at(misfit(copy))? {
        return Err(foreign_file.unfit(&format!("has {table} in it whose {column} is nothing that a box writes")));
    }
    // Each of their lines is held against every request.
    let mut settings = copy.prepare("SELECT key, value FROM settings")?;
    let settings = settings.query_map([], |row| Ok((row.get("key")?, row.get("value")?)))?;
    let rules = as_rules(settings.collect::<rusqlite::Result<_>>()?);
    rules.check(&rules).map_err(|_| foreign_file.unfit("has house rules in it that no box takes"))
}

/// One account, everything in the file is theirs, and ids are ids.
fn is_all_of_one(foreign_file: &ForeignFile, copy: &Connection) -> Result<()> {
    let people: i64 = copy.query_row("SELECT count(*) AS people FROM users", [], |row| row.get("people"))?;
    if people != 1 {
        return Err(foreign_file.unfit(&format!("holds {people} accounts, not one")));
    }
    for (table, owner) in tables(copy, "main")? {
        let sql = format!("SELECT 1 FROM {table} WHERE {owner} <> (SELECT id FROM users)");
        if copy.prepare(&sql)?.exists([])? {
            return Err(foreign_file.unfit(&format!("has {table} of somebody else in it")));
        }
    }
    let shown: String = copy.query_row("SELECT display_name FROM users", [], |row| row.get("display_name"))?;
    if !Line::<60>::parse(&shown).is_ok_and(|line| line.as_str() == shown) {
        return Err(foreign_file.unfit("has an account in it whose name cannot be shown"));
    }
    if copy
        .prepare("SELECT 1 FROM events WHERE version < 0 OR version >= :most")?
        .exists(named_params! { ":most": VERSIONS })?
    {
        return Err(foreign_file.unfit("has an event in it whose version is no number of changes"));
    }
    for table in named_tables(copy, "main")?.iter().map(String::as_str).chain(["users"]) {
        let sql = format!("SELECT 1 FROM {table} WHERE length(id) NOT BETWEEN 1 AND 64 OR id GLOB '*[^A-Za-z0-9-]*'");
        if copy.prepare(&sql)?.exists([])? {
            return Err(foreign_file.unfit(&format!("has {table} in it whose id is not an id")));
        }
    }
    Ok(())
}

/// Who it is that arrives, under which name, and whether they were a super admin.
fn who(copy: &Connection, name: Option<Username>) -> Result<(UserId, Username, bool)> {
    let sql = "SELECT id, username, role = 'superadmin' AS demoted FROM users";
    let row = |row: &Row| Ok((row.get::<_, String>("id")?, row.get::<_, String>("username")?, row.get("demoted")?));
    // Their words are texts here: one that is none of ours is no fault, and is refused.
    let (id, old, demoted) = copy.query_row(sql, [], row)?;
    let unusable = || Error::Unfit(format!("The account {} in the file cannot be used here.", old.escape_debug()));
    let id = UserId::parse(&id).ok_or_else(unusable)?;
    let username = name.or_else(|| Username::parse(&old)).ok_or_else(unusable)?;
    Ok((id, username, demoted))
}

/// Refuses who cannot be told from somebody here.
fn is_new_here(conn: &Connection, id: &UserId) -> Result<()> {
    let sql = format!("SELECT username, {PRESENT} AS present FROM main.users WHERE id = :id");
    let row = |row: &Row| Ok((row.get::<_, String>("username")?, row.get::<_, bool>("present")?));
    if let Some((known, present)) = conn.query_row(&sql, named_params! { ":id": id }, row).optional()? {
        if !present {
            return Err(Error::Unfit(
                "This DJ is moving in or out at this moment. Nothing was changed. Please try again in a minute.".into(),
            ));
        }
        return Err(Error::Unfit(format!(
            "This DJ is here already, as {known}. Nothing was changed. To take the file's state instead, delete them first: `partyplaylist user delete {known}`."
        )));
    }
    Ok(())
}

/// Refuses a name somebody has.
fn is_free(conn: &Connection, username: &Username) -> Result<()> {
    let sql = "SELECT 1 FROM main.users WHERE username = :username";
    if conn.prepare(sql)?.exists(named_params! { ":username": username })? {
        return Err(Error::Unfit(format!(
            "Somebody else is called {username} here. Nothing was changed. Take this DJ in under another name with --as NAME."
        )));
    }
    Ok(())
}

/// Gives new ids to whatever arrives with one that is taken here, wherever they stand.
fn make_room(conn: &Connection) -> Result<usize> {
    conn.execute_batch("CREATE TEMP TABLE moved (old TEXT PRIMARY KEY, new TEXT NOT NULL) STRICT, WITHOUT ROWID")?;
    let mut renamed = 0;
    for table in named_tables(conn, "incoming")? {
        let sql = format!("SELECT id FROM incoming.{table} WHERE id IN (SELECT id FROM main.{table})");
        let taken = texts(conn, &sql, [])?;
        for old in &taken {
            let new = RequestId::fresh();
            let sql = "INSERT INTO temp.moved VALUES (:old, :new)";
            conn.prepare_cached(sql)?.execute(named_params! { ":old": old, ":new": new })?;
        }
        if !taken.is_empty() {
            for (holder, column) in holders(conn, "incoming", &table)? {
                let sql = format!(
                    "UPDATE incoming.{holder} SET {column} = (SELECT new FROM temp.moved WHERE old = {column})
                     WHERE {column} IN (SELECT old FROM temp.moved)"
                );
                conn.execute(&sql, [])?;
            }
            conn.execute("DELETE FROM temp.moved", [])?;
        }
        renamed += taken.len();
    }
    Ok(renamed)
}
