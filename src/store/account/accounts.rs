//! The list of accounts: made, looked up, changed.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, named_params};

use super::passwords::{Passwords, Whose};
use super::secrets;
use crate::domain::{AccountStatus, Password, Refusal, Role, Timestamp, User, UserId, Username};
use crate::store::db::file::inspect::inspect;
use crate::store::db::pool::open_read_only;
use crate::store::db::schema::present_accounts::PRESENT;
use crate::store::db::store::Store;
use crate::store::error::{Error, Result};
use crate::store::tenant::users::{COLUMNS, user};

/// Since this version there are accounts.
const OWNED: u32 = 2;

/// The operator's list of accounts: the box's own business, not a tenant's.
#[derive(Clone)]
pub struct Accounts(pub(in crate::store) Store);

/// An account to be made.
pub struct NewAccount {
    pub username: Username,
    pub display_name: String,
    pub password: Password,
    pub role: Role,
}

/// What of an account is to change; `None` leaves it.
#[derive(Default)]
pub struct AccountChange {
    pub display_name: Option<String>,
    pub password: Option<Password>,
    pub status: Option<AccountStatus>,
}

/// Every account of a database that a box may be running on, by name; changes nothing and leaves nothing beside the file.
pub fn accounts_in(database: &Path) -> Result<Vec<User>> {
    if inspect(database)? < OWNED {
        return Err(Error::Unfit(format!(
            "{} is from before there were accounts: start the box once.",
            database.display()
        )));
    }
    all(&open_read_only(database)?)
}

fn all(conn: &Connection) -> Result<Vec<User>> {
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM users WHERE {PRESENT} ORDER BY username"))?;
    Ok(statement.query_map([], user)?.collect::<rusqlite::Result<Vec<_>>>()?)
}

impl Store {
    pub fn accounts(&self) -> Accounts {
        Accounts(self.clone())
    }
}

impl Accounts {
    /// Makes an account; refuses a username that is taken.
    pub async fn add(&self, account: NewAccount) -> Result<User> {
        let NewAccount { username, display_name, password, role } = account;
        let (hash, now) = (self.hash(password).await?, self.0.now());
        self.0.write(move |conn| insert(conn, &Insert { username, display_name, role, hash }, now)).await
    }

    /// Makes the first super admin, who also takes over rows without an owner; refuses once there is one.
    pub async fn claim(&self, username: Username, display_name: String, password: Password) -> Result<User> {
        let hash = self.hash(password).await?;
        let now = self.0.now();
        let first = Insert { username, display_name, role: Role::Superadmin, hash };
        let work = move |conn: &Connection| {
            if !unclaimed(conn)? {
                return Err(Refusal::SetupClosed.into());
            }
            let renamed = conn.query_row(
                &format!(
                    "UPDATE users SET username = :username, display_name = :shown, password_hash = :hash, created_at = :now
                     WHERE password_hash = '!' RETURNING {COLUMNS}"
                ),
                named_params! {
                    ":username": first.username, ":shown": first.display_name, ":hash": first.hash, ":now": now,
                },
                user,
            );
            renamed.optional()?.map_or_else(|| insert(conn, &first, now), Ok)
        };
        self.0.write(work).await
    }

    /// Every account, by name.
    pub async fn list(&self) -> Result<Vec<User>> {
        self.0.read(all).await
    }

    /// The accounts whose name has `part` in it, by name, from the one after `after` on: `most` of them.
    pub async fn some(&self, part: &str, after: &str, most: usize) -> Result<Vec<User>> {
        let (part, lower, after) = (part.to_owned(), part.to_lowercase(), after.to_owned());
        let query = move |conn: &Connection| {
            let mut statement = conn.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM users WHERE username > :after AND {PRESENT}
                 AND (instr(username, :lower) OR instr(lower(display_name), :lower) OR instr(display_name, :part))
                 ORDER BY username LIMIT :most"
            ))?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let named = named_params! { ":after": after, ":lower": lower, ":part": part, ":most": most };
            Ok(statement.query_map(named, user)?.collect::<rusqlite::Result<Vec<_>>>()?)
        };
        self.0.read(query).await
    }

    /// The name people see of the first super admin.
    pub async fn first_superadmin(&self) -> Result<Option<String>> {
        let sql = "SELECT display_name FROM users WHERE role = 'superadmin' ORDER BY username LIMIT 1";
        self.0.read(move |conn| Ok(conn.query_row(sql, [], |row| row.get("display_name")).optional()?)).await
    }

    pub async fn by_name(&self, name: &Username) -> Result<User> {
        let name = name.clone();
        let sql = format!("SELECT {COLUMNS} FROM users WHERE username = :username");
        self.0.read(move |conn| Ok(conn.query_row(&sql, named_params! { ":username": name }, user)?)).await
    }

    pub async fn by_id(&self, id: &UserId) -> Result<User> {
        let id = id.clone();
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id = :id AND {PRESENT}");
        self.0.read(move |conn| Ok(conn.query_row(&sql, named_params! { ":id": id }, user)?)).await
    }

    /// Changes what is given, all of it or nothing. A new password and suspension end every sign-in. Refuses to suspend
    /// the last super admin. The party hears of it: it has another name, or is watched again.
    pub async fn change(&self, id: &UserId, change: AccountChange) -> Result<User> {
        let AccountChange { display_name, password, status } = change;
        let hash = match password {
            Some(password) => Some(self.hash(password).await?),
            None => None,
        };
        let (id, whose) = (id.clone(), id.clone());
        let work = move |conn: &Connection| {
            if status == Some(AccountStatus::Suspended) {
                spare_last_superadmin(conn, &id)?;
            }
            if hash.is_some() || status == Some(AccountStatus::Suspended) {
                end_sessions(conn, &id)?;
            }
            let sql = format!(
                "UPDATE users SET display_name = coalesce(:shown, display_name), password_hash = coalesce(:hash, password_hash),
                        status = coalesce(:status, status) WHERE id = :id AND {PRESENT} RETURNING {COLUMNS}"
            );
            let named = named_params! { ":id": id, ":shown": display_name, ":hash": hash, ":status": status };
            Ok(conn.query_row(&sql, named, user)?)
        };
        self.0.write_and_announce(&whose, work).await
    }

    /// A new password; every sign-in with the old one ends.
    pub async fn set_password(&self, id: &UserId, password: Password) -> Result<()> {
        self.change(id, AccountChange { password: Some(password), ..AccountChange::default() }).await.map(drop)
    }

    /// Suspends or wakes an account.
    pub async fn set_status(&self, id: &UserId, status: AccountStatus) -> Result<User> {
        self.change(id, AccountChange { status: Some(status), ..AccountChange::default() }).await
    }

    /// Whether nobody can run this box yet.
    pub async fn needs_setup(&self) -> Result<bool> {
        self.0.read(unclaimed).await
    }

    async fn hash(&self, password: Password) -> Result<String> {
        let passwords = self.0.memory::<Passwords>();
        let place = passwords.queue(Whose::New)?;
        place.turn().await?.work(move || secrets::hash(&password)).await?
    }
}

/// An account as it is to stand in its row.
struct Insert {
    username: Username,
    display_name: String,
    role: Role,
    /// Of the password.
    hash: String,
}

fn insert(conn: &Connection, account: &Insert, now: Timestamp) -> Result<User> {
    let Insert { username, display_name, role, hash } = account;
    let sql = format!(
        "INSERT INTO users (id, username, display_name, role, status, password_hash, created_at)
         VALUES (:id, :username, :shown, :role, :status, :hash, :now) ON CONFLICT (username) DO NOTHING RETURNING {COLUMNS}"
    );
    let named = named_params! {
        ":id": UserId::fresh(), ":username": username, ":shown": display_name, ":role": role,
        ":status": AccountStatus::Active, ":hash": hash, ":now": now,
    };
    conn.query_row(&sql, named, user).optional()?.ok_or_else(|| Refusal::UsernameTaken.into())
}

fn unclaimed(conn: &Connection) -> Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM users WHERE role = 'superadmin' AND password_hash <> '!') AS unclaimed";
    Ok(conn.query_row(sql, [], |row| row.get("unclaimed"))?)
}

pub(in crate::store) fn spare_last_superadmin(conn: &Connection, id: &UserId) -> Result<()> {
    let sql =
        "SELECT role = 'superadmin' AND NOT EXISTS (SELECT 1 FROM users o WHERE o.id <> :id AND o.role = 'superadmin'
               AND o.status = 'active' AND o.password_hash <> '!') AS is_last FROM users WHERE id = :id";
    let last: bool = conn.query_row(sql, named_params! { ":id": id }, |row| row.get("is_last"))?;
    if last { Err(Refusal::LastSuperadmin.into()) } else { Ok(()) }
}

pub(in crate::store) fn end_sessions(conn: &Connection, id: &UserId) -> Result<()> {
    conn.execute("DELETE FROM sessions WHERE user_id = :user", named_params! { ":user": id })?;
    Ok(())
}
