//! A box of one's own for a test, and the people who come to it.

mod answer;
mod caller;
mod coming;
pub mod people;
mod stream;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tempfile::TempDir;

pub use answer::Answer;
pub use caller::{Caller, at_once, percent};
pub use stream::{Said, next};

pub const PASSWORD: &str = "party-demo";
const PATIENCE: Duration = Duration::from_secs(30);

type Secrets = Arc<Mutex<BTreeSet<String>>>;

/// A running box; it is ended, by its own process id, when the test is done.
pub struct Venue {
    child: Child,
    pub base: String,
    dir: TempDir,
    /// What it printed before it was ready.
    pub greeting: Vec<String>,
    /// What it says at the terminal afterwards.
    #[allow(dead_code)] // The torture tests read it.
    pub said: Mutex<Receiver<String>>,
    /// What it wrote to its log.
    pub log: Arc<Mutex<String>>,
    /// Everything secret that was given out; nothing of it may stand in the log.
    secrets: Secrets,
}

pub fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_partyplaylist"))
}

impl Venue {
    /// Three DJs in full swing, as in the demo.
    pub fn demo() -> Self {
        Self::demo_with(&[])
    }

    /// The same, with further settings from the environment.
    pub fn demo_with(settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut command = program();
        command.args(["demo", "--port", "0"]).env("TMPDIR", dir.path()).envs(settings.iter().copied());
        Self::start(command, dir)
    }

    /// A box nobody owns yet, with further settings from the environment.
    pub fn fresh(settings: &[(&str, String)]) -> Self {
        Self::of(tempfile::tempdir().unwrap(), settings)
    }

    /// A box nobody owns yet, known by a name as on a real network.
    pub fn named(host: &str) -> Self {
        Self::named_of(host, tempfile::tempdir().unwrap(), &[])
    }

    /// The same on a data folder that may hold something already.
    pub fn named_of(host: &str, dir: TempDir, settings: &[(&str, String)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = program();
        command.arg("--data").arg(dir.path()).args(["serve", "--address", "127.0.0.1", "--port", &port.to_string()]);
        command.envs(settings.iter().map(|(name, value)| (*name, value)));
        command.env("PARTYPLAYLIST_SERVER__PUBLIC_URL", format!("http://{host}:{port}"));
        let mut venue = Self::start(command, dir);
        venue.base = format!("http://{host}:{port}");
        venue
    }

    /// The demo with every night run by hand: nothing plays but what a DJ says.
    pub fn by_hand() -> Self {
        let venue = Self::demo();
        venue.run_by_hand();
        venue
    }

    /// Has the demo's DJs say what plays; whoever listens from then on hears nothing of it any more.
    pub fn run_by_hand(&self) {
        let switched = ["johnsmith", "janedoe", "testdj"].map(|name| {
            let mut dj = self.host(name);
            let said = dj.listen(&format!("/api/{name}/live"));
            // Once the player has been looked at, nobody looks again for seconds.
            while dj.get(&format!("/api/{name}/playback")).json()["track"]["duration_ms"].is_null() {
                std::thread::yield_now();
            }
            let source = dj.put(&format!("/api/{name}/playback/source"), &json!({ "source": "manual" }));
            assert_eq!(source.status, 200, "{}", source.body);
            said
        });
        for said in switched {
            while !next(&said).data.contains("Follow Spotify") {}
        }
    }

    /// A box with these DJs and nobody else, with further settings from the environment.
    pub fn with_djs(names: &[&str], settings: &[(&str, String)]) -> Self {
        Self::of(folder_of(names), settings)
    }

    /// A box on a data folder that may hold something already.
    pub fn of(dir: TempDir, settings: &[(&str, String)]) -> Self {
        let mut command = program();
        command.arg("--data").arg(dir.path()).args(["serve", "--address", "127.0.0.1", "--port", "0"]);
        command.envs(settings.iter().map(|(name, value)| (*name, value)));
        Self::start(command, dir)
    }

    pub fn start(mut command: Command, dir: TempDir) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (err, sink) = (child.stderr.take().unwrap(), log.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                eprintln!("{line}");
                sink.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let out = child.stdout.take().unwrap();
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // Nobody may be listening any more; the box must be able to go on talking.
                let _ = tell.send(line);
            }
        });
        let mut greeting = Vec::new();
        let base = loop {
            let line: String = lines.recv_timeout(PATIENCE).expect("the box did not get ready");
            if let Some(base) = line.strip_prefix("PartyPlaylist is listening on ") {
                break base.to_owned();
            }
            greeting.push(line);
        };
        let said = Mutex::new(lines);
        Self { child, base, dir, greeting, said, log, secrets: Secrets::default() }
    }

    /// The one-time link that the terminal showed.
    pub fn setup_link(&self) -> &str {
        let link = self.greeting.iter().find(|line| line.contains("/setup?t=")).expect("no set-up link");
        &link[link.find("http").unwrap()..]
    }

    pub fn port(&self) -> u16 {
        self.base.rsplit(':').next().unwrap().parse().unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The database file of this box.
    pub fn file(&self) -> PathBuf {
        let direct = self.dir.path().join("partyplaylist.db");
        if direct.exists() {
            return direct;
        }
        let inner =
            std::fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path().join("partyplaylist.db"));
        inner.into_iter().find(|path| path.exists()).expect("no database in the data folder")
    }

    /// A look into the file, as an admin with `sqlite3` has it.
    pub fn rows(&self) -> Connection {
        Connection::open_with_flags(self.file(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }

    /// Every row of one DJ as text, table by table, without the record of crossings, sign-ins and the clock of the box.
    pub fn belongings(&self, dj: &str) -> String {
        let conn = self.rows();
        let id: String = conn.query_row("SELECT id FROM users WHERE username = ?1", [dj], |row| row.get(0)).unwrap();
        let mut all = Vec::new();
        for table in tables(&conn)
            .iter()
            .filter(|table| !["audit", "clock", "sessions", "sign_in_waits", "wal_mark"].contains(&table.as_str()))
        {
            let owner = if table == "users" { "id" } else { "user_id" };
            let mut statement = conn.prepare(&format!("SELECT * FROM {table} WHERE {owner} = ?1")).unwrap();
            let width = statement.column_count();
            let line = |row: &rusqlite::Row<'_>| {
                Ok((0..width).map(|n| format!("{:?}", row.get_ref(n).unwrap())).collect::<Vec<_>>().join("|"))
            };
            all.extend(statement.query_map([&id], line).unwrap().map(|row| format!("{table}: {}", row.unwrap())));
        }
        all.sort();
        all.join("\n")
    }

    /// Kills the box as a pulled plug does; answers its data folder.
    pub fn kill(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap())
    }

    /// Waits for a box that was told to end; answers its exit code and its data folder.
    pub fn ended(mut self) -> (Option<i32>, TempDir) {
        let code = self.child.wait().unwrap().code();
        (code, std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap()))
    }

    /// Asks the box to end; answers its exit code, how long it took, and its data folder.
    pub fn terminate(mut self) -> (Option<i32>, Duration, TempDir) {
        let began = Instant::now();
        let kill = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(kill.success());
        let code = self.child.wait().unwrap().code();
        let took = began.elapsed();
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap());
        (code, took, dir)
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let log = self.log.lock().unwrap();
        let told: Vec<_> = self.secrets.lock().unwrap().iter().filter(|secret| tells(&log, secret)).cloned().collect();
        if !std::thread::panicking() {
            assert!(told.is_empty(), "the log tells {told:?}: {log}");
        }
    }
}

/// A data folder with these DJs in it and nothing else.
pub fn folder_of(names: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        let (code, _, said) = command(dir.path(), &["user", "add", name, "--password-stdin"], PASSWORD);
        assert_eq!(code, 0, "{said}");
    }
    dir
}

pub fn tables(conn: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name";
    conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Runs a command of the binary with something on its standard input; answers exit code, stdout and stderr.
pub fn command(dir: &std::path::Path, args: &[&str], input: &str) -> (i32, String, String) {
    let mut child = program()
        .arg("--data")
        .arg(dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

/// Whether a secret stands in a text as a word of its own; numbers of a time or a port are not PINs.
fn tells(text: &str, secret: &str) -> bool {
    secret.len() > 3 && text.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).any(|word| word == secret)
}

/// A wish that is new and says nothing special.
pub fn wish(title: &str) -> Value {
    json!({ "title": title, "artist": "Somebody" })
}
