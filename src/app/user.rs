//! `user`: accounts, made, listed and changed without a browser.

use std::path::Path;

use clap::Subcommand;

use super::error::{Error, Result};
use super::terminal::say;
use super::{data_dir, password, runtime};
use crate::domain::{AccountStatus, Line, Password, Role, User, Username};
use crate::store::{self, Accounts, NewAccount, accounts_in};

#[derive(Subcommand)]
pub enum Command {
    /// List all accounts
    List {
        #[arg(long)]
        json: bool,
    },
    #[command(flatten)]
    Change(Change),
}

#[derive(Subcommand)]
pub enum Change {
    /// Make an account
    Add {
        name: String,
        /// dj or superadmin
        #[arg(long, default_value = "dj", value_parser = role)]
        role: Role,
        /// The name people see; the username where none is given
        #[arg(long)]
        display_name: Option<String>,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Set a new password; whoever is signed in with the old one is signed out
    Password {
        name: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Lock an account out; everything of theirs stays
    Suspend { name: String },
    /// Let a suspended account in again
    Activate { name: String },
    /// Delete an account and everything of theirs
    Delete { name: String },
}

/// For `clap`, which says the rest of the sentence.
fn role(text: &str) -> Result<Role, &'static str> {
    Role::parse(text).ok_or("use dj or superadmin")
}

/// A change, its arguments parsed.
enum Task {
    Add(NewAccount),
    Password(Username, Password),
    Set(Username, AccountStatus),
    Delete(Username),
}

/// Parses everything first: a change that is refused has touched nothing.
fn understood(change: Change) -> Result<Task> {
    Ok(match change {
        Change::Add { name, role, display_name, .. } => Task::Add(account(&name, role, display_name)?),
        Change::Password { name, .. } => Task::Password(typed(&name)?, password::read()?),
        Change::Suspend { name } => Task::Set(typed(&name)?, AccountStatus::Suspended),
        Change::Activate { name } => Task::Set(typed(&name)?, AccountStatus::Active),
        Change::Delete { name } => Task::Delete(typed(&name)?),
    })
}

fn account(name: &str, role: Role, shown: Option<String>) -> Result<NewAccount> {
    let username = username(name)?;
    let shown = Line::<60>::parse(shown.as_deref().unwrap_or(name))
        .map_err(|fault| Error::Refused(format!("The display name: {}", fault.sentence())))?;
    Ok(NewAccount { username, display_name: shown.into_string(), password: password::read()?, role })
}

/// Lists or changes the accounts of a data folder. Only `add` makes a database where there is none, and says so: that is
/// how a box gets its first account without a browser.
pub fn run(command: Command, data: &Path) -> Result {
    let change = match command {
        Command::List { json } => return list(data, json),
        Command::Change(change) => change,
    };
    let task = understood(change)?;
    let found = match data_dir::existing(data) {
        Err(none) if !matches!(task, Task::Add(_)) => return Err(none),
        found => found.is_ok(),
    };
    let visit = data_dir::visit(data)?;
    let done = runtime::start()?.block_on(perform(task, &visit.store.accounts()));
    visit.store.close();
    if !found {
        say(format!("There was no database in {}: it was made.", data.display()))?;
    }
    done
}

async fn perform(task: Task, accounts: &Accounts) -> Result {
    match task {
        Task::Add(account) => {
            let user = accounts.add(account).await?;
            say(format!("{} is a {} now.", user.username, user.role.as_str()))
        }
        Task::Password(name, password) => {
            let user = named(accounts, &name).await?;
            accounts.set_password(&user.id, password).await?;
            say(format!("{name} has a new password and was signed out everywhere."))
        }
        Task::Set(name, status) => {
            let user = named(accounts, &name).await?;
            accounts.set_status(&user.id, status).await?;
            say(format!("{name} is {} now.", status.as_str()))
        }
        Task::Delete(name) => {
            let user = named(accounts, &name).await?;
            accounts.delete(&user.id).await?;
            say(format!("{name} and everything of theirs is deleted."))
        }
    }
}

fn list(data: &Path, json: bool) -> Result {
    let users = accounts_in(&data_dir::to_read(data)?.0)?;
    if json {
        let listed = serde_json::to_string_pretty(&users).map_err(std::io::Error::from);
        return say(listed.map_err(Error::system("The accounts cannot be listed"))?);
    }
    for User { username, display_name, role, status, .. } in users {
        say(format!("{:20}  {:10}  {:9}  {display_name}", username.as_str(), role.as_str(), status.as_str()))?;
    }
    Ok(())
}

async fn named(accounts: &Accounts, name: &Username) -> Result<User> {
    accounts.by_name(name).await.map_err(|error| match error {
        store::Error::NotFound => {
            Error::Refused(format!("There is no account called {name}. See `partyplaylist user list`."))
        }
        other => other.into(),
    })
}

/// A username as people type it, in any case.
pub fn typed(name: &str) -> Result<Username> {
    Username::typed(name).map_or_else(|| username(name), Ok)
}

/// A username exactly as given; refuses what cannot be one.
pub fn username(name: &str) -> Result<Username> {
    let shape = "A username has 3 to 20 of a-z, 0-9 and -, a letter or digit at both ends; some words are reserved.";
    Username::parse(name).ok_or_else(|| Error::Refused(shape.into()))
}
