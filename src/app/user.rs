use std::io::Read;
use std::path::Path;

use clap::Subcommand;

use super::say::say;
use super::{folder, place};
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

/// Does one thing to the accounts of a data folder.
pub fn run(command: Command, data: &Path) -> Result<(), String> {
    let change = match command {
        Command::List { json } => return list(data, json),
        Command::Change(change) => change,
    };
    let runtime = place::runtime()?;
    let (store, _) = place::visit(data)?;
    let done = runtime.block_on(perform(change, &store.accounts()));
    store.close();
    done
}

async fn perform(change: Change, accounts: &Accounts) -> Result<(), String> {
    match change {
        Change::Add { name, role, display_name, .. } => add(accounts, &name, role, display_name).await,
        Change::Password { name, .. } => {
            let user = named(accounts, &name).await?;
            accounts.set_password(&user.id, password()?).await.map_err(sentence)?;
            say(format!("{name} has a new password and was signed out everywhere."))
        }
        Change::Suspend { name } => set(accounts, &name, AccountStatus::Suspended).await,
        Change::Activate { name } => set(accounts, &name, AccountStatus::Active).await,
        Change::Delete { name } => {
            let user = named(accounts, &name).await?;
            accounts.delete(&user.id).await.map_err(sentence)?;
            say(format!("{name} and everything of theirs is deleted."))
        }
    }
}

async fn add(accounts: &Accounts, name: &str, role: Role, shown: Option<String>) -> Result<(), String> {
    let username = username(name)?;
    let shown = Line::<60>::parse(shown.as_deref().unwrap_or(name))
        .map_err(|fault| format!("The display name: {}", fault.sentence()))?;
    let account = NewAccount { username, display_name: shown.into_string(), password: password()?, role };
    let user = accounts.add(account).await.map_err(sentence)?;
    say(format!("{} is a {} now.", user.username, user.role.as_str()))
}

fn list(data: &Path, json: bool) -> Result<(), String> {
    let users = accounts_in(&folder::existing(data)?).map_err(sentence)?;
    if json {
        return say(serde_json::to_string_pretty(&users).map_err(|error| error.to_string())?);
    }
    for User { username, display_name, role, status, .. } in users {
        say(format!("{:20}  {:10}  {:9}  {display_name}", username.as_str(), role.as_str(), status.as_str()))?;
    }
    Ok(())
}

async fn set(accounts: &Accounts, name: &str, status: AccountStatus) -> Result<(), String> {
    let user = named(accounts, name).await?;
    accounts.set_status(&user.id, status).await.map_err(sentence)?;
    say(format!("{name} is {} now.", status.as_str()))
}

async fn named(accounts: &Accounts, name: &str) -> Result<User, String> {
    let sought = Username::typed(name).map_or_else(|| username(name), Ok)?;
    accounts.by_name(&sought).await.map_err(|error| match error {
        Error::NotFound => format!("There is no account called {name}. See `partyplaylist user list`."),
        other => other.to_string(),
    })
}

/// A username as it was typed; refuses what is none.
pub fn username(name: &str) -> Result<Username, String> {
    let shape = "A username has 3 to 20 of a-z, 0-9 and -, a letter or digit at both ends; some words are reserved.";
    Username::parse(name).ok_or_else(|| shape.into())
}

/// The password on standard input, without the line's end.
fn password() -> Result<Password, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| format!("No password could be read: {error}"))?;
    Password::parse(text.trim_end_matches(['\r', '\n'])).map_err(|refusal| refusal.sentence())
}

fn sentence(error: Error) -> String {
    error.to_string()
}
