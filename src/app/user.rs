use std::path::Path;

use clap::Subcommand;

use super::say::say;
use super::{folder, password, place};
use crate::domain::{AccountStatus, Line, Password, Role, User, Username};
use crate::store::{Accounts, Error, NewAccount, accounts_in};

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

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "use dj or superadmin".into())
}

/// A change whose words make sense.
enum Task {
    Add(NewAccount),
    Password(Username, Password),
    Set(Username, AccountStatus),
    Delete(Username),
}

/// Reads all that comes from outside, so that what is refused has touched nothing.
fn understood(change: Change) -> Result<Task, String> {
    Ok(match change {
        Change::Add { name, role, display_name, .. } => Task::Add(account(&name, role, display_name)?),
        Change::Password { name, .. } => Task::Password(typed(&name)?, password::read()?),
        Change::Suspend { name } => Task::Set(typed(&name)?, AccountStatus::Suspended),
        Change::Activate { name } => Task::Set(typed(&name)?, AccountStatus::Active),
        Change::Delete { name } => Task::Delete(typed(&name)?),
    })
}

fn account(name: &str, role: Role, shown: Option<String>) -> Result<NewAccount, String> {
    let username = username(name)?;
    let shown = Line::<60>::parse(shown.as_deref().unwrap_or(name))
        .map_err(|fault| format!("The display name: {}", fault.sentence()))?;
    Ok(NewAccount { username, display_name: shown.into_string(), password: password::read()?, role })
}

/// Does one thing to the accounts of a data folder. `add` alone makes a database where there is none, and says so: so a
/// box without a browser gets its first account.
pub fn run(command: Command, data: &Path) -> Result<(), String> {
    let change = match command {
        Command::List { json } => return list(data, json),
        Command::Change(change) => change,
    };
    let task = understood(change)?;
    let found = folder::existing(data);
    if !matches!(task, Task::Add(_)) {
        found.as_ref().map_err(String::clone)?;
    }
    let visit = place::visit(data)?;
    let done = place::runtime()?.block_on(perform(task, &visit.store.accounts()));
    visit.store.close();
    if found.is_err() {
        say(format!("There was no database in {}: it was made.", data.display()))?;
    }
    done
}

async fn perform(task: Task, accounts: &Accounts) -> Result<(), String> {
    match task {
        Task::Add(account) => {
            let user = accounts.add(account).await.map_err(sentence)?;
            say(format!("{} is a {} now.", user.username, user.role.as_str()))
        }
        Task::Password(name, password) => {
            let user = named(accounts, &name).await?;
            accounts.set_password(&user.id, password).await.map_err(sentence)?;
            say(format!("{name} has a new password and was signed out everywhere."))
        }
        Task::Set(name, status) => {
            let user = named(accounts, &name).await?;
            accounts.set_status(&user.id, status).await.map_err(sentence)?;
            say(format!("{name} is {} now.", status.as_str()))
        }
        Task::Delete(name) => {
            let user = named(accounts, &name).await?;
            accounts.delete(&user.id).await.map_err(sentence)?;
            say(format!("{name} and everything of theirs is deleted."))
        }
    }
}

fn list(data: &Path, json: bool) -> Result<(), String> {
    let users = accounts_in(&place::to_read(data)?.0).map_err(sentence)?;
    if json {
        return say(serde_json::to_string_pretty(&users).map_err(|error| error.to_string())?);
    }
    for User { username, display_name, role, status, .. } in users {
        say(format!("{:20}  {:10}  {:9}  {display_name}", username.as_str(), role.as_str(), status.as_str()))?;
    }
    Ok(())
}

async fn named(accounts: &Accounts, name: &Username) -> Result<User, String> {
    accounts.by_name(name).await.map_err(|error| match error {
        Error::NotFound => format!("There is no account called {name}. See `partyplaylist user list`."),
        other => other.to_string(),
    })
}

/// The name of somebody who has an account, in capitals or not.
pub fn typed(name: &str) -> Result<Username, String> {
    Username::typed(name).map_or_else(|| username(name), Ok)
}

/// A username as it was typed; refuses what is none.
pub fn username(name: &str) -> Result<Username, String> {
    let shape = "A username has 3 to 20 of a-z, 0-9 and -, a letter or digit at both ends; some words are reserved.";
    Username::parse(name).ok_or_else(|| shape.into())
}

fn sentence(error: Error) -> String {
    error.to_string()
}
