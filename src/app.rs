//! Puts it together: one file for each command.

mod address;
mod backup;
mod data_dir;
mod demo;
mod doctor;
mod error;
mod import;
mod logger;
mod migrate;
mod password;
mod port;
mod proxied;
mod rotate_key;
mod running;
mod runtime;
mod serve;
mod signals;
mod simulate_spotify;
mod tenant;
mod terminal;
mod tls;
mod user;

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use error::Result;

/// Song requests for a party: guests ask by phone, the DJ decides, the screen shows it.
#[derive(Parser)]
#[command(name = "partyplaylist", version)]
struct Cli {
    /// Configuration file (see config.example.toml)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the database and the key
    #[arg(long, global = true, value_name = "DIR", default_value = "./data")]
    data: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where the box listens, if not where its configuration says.
#[derive(clap::Args, Default)]
struct At {
    /// Address to listen on [default: server.address, else 0.0.0.0]
    #[arg(long)]
    address: Option<IpAddr>,
    /// Port to listen on; 0 takes any free one [default: server.port, else 8000]
    #[arg(long)]
    port: Option<u16>,
}

impl At {
    fn set(self, config: &mut Config) {
        config.server.address = self.address.unwrap_or(config.server.address);
        config.server.port = self.port.unwrap_or(config.server.port);
    }
}

#[derive(Subcommand)]
enum Command {
    /// Run the appliance (what happens without a command)
    Serve(At),
    /// Show a throwaway box with three parties running
    Demo {
        /// Address to listen on
        #[arg(long, default_value = "127.0.0.1")]
        address: IpAddr,
        /// Port to listen on; 0 takes any free one
        #[arg(long, default_value_t = 8000)]
        port: u16,
    },
    /// Run the simulated Spotify on its own
    SimulateSpotify {
        /// Port to listen on; 0 takes any free one
        #[arg(long, default_value_t = 8888)]
        port: u16,
    },
    /// Make, list and change accounts
    #[command(subcommand)]
    User(user::Command),
    /// Look at the version of the database, or change it
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Write a whole copy of the database, whether the box runs or not
    Backup {
        /// File or folder to write to [default: backups/ in the data folder]
        dest: Option<PathBuf>,
    },
    /// Check a backup, then put it in the place of the database
    Restore { file: PathBuf },
    /// Say whether a database is sound, whose it is and how old
    Check {
        /// File to look at [default: the database in the data folder]
        file: Option<PathBuf>,
    },
    /// Bring a single-tenant database (schema version 1) under one DJ; cut short, the same command brings the rest
    Import(import::Import),
    /// Carry one DJ with everything that is theirs to another box
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Look at everything a night needs and say what to do; for a box that was started with --address or --port, give
    /// the same here
    Doctor(At),
    /// Make a new key: everybody signs in again
    RotateKey,
}

/// Reads the command line and does what it says: exit code 0 done, 1 failed, 2 wrong usage.
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", error.to_string().replace(char::is_control, " "));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result {
    let (mut config, passed_over) = Config::read(cli.config.as_deref(), std::env::vars_os())?;
    logger::start(config.log.format);
    let command = cli.command.unwrap_or(Command::Serve(At::default()));
    if matches!(command, Command::Serve(_) | Command::Doctor(_)) {
        for note in &passed_over {
            log::warn!(target: "box", "{note}");
        }
    }
    let throwaway = matches!(command, Command::Demo { .. } | Command::SimulateSpotify { .. });
    let data = &if throwaway { PathBuf::new() } else { data_dir::named(&cli.data)? };
    match command {
        Command::Serve(at) => {
            at.set(&mut config);
            serve::run(&config, data)
        }
        Command::Demo { address, port } => {
            (config.server.address, config.server.port) = (address, port);
            demo::run(config)
        }
        Command::SimulateSpotify { port } => simulate_spotify::run(port),
        Command::User(command) => user::run(command, data),
        Command::Backup { dest } => backup::back_up(data, dest),
        Command::Restore { file } => backup::restore(data, &file),
        Command::Check { file } => backup::check(data, file),
        Command::Import(wanted) => import::run(&wanted, data),
        Command::Tenant(command) => tenant::run(command, data),
        Command::Doctor(at) => {
            at.set(&mut config);
            doctor::run(&config, data)
        }
        Command::RotateKey => rotate_key::run(data),
        Command::Migrate(command) => migrate::run(&command, data),
    }
}
