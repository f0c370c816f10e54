//! A box of one's own for a test, and the people who come to it.

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

    pub fn stranger(&self) -> Caller {
        Caller { secrets: self.secrets.clone(), ..Caller::new(&self.base) }
    }

    /// Signed in by name, with a bearer token.
    pub fn host(&self, name: &str) -> Caller {
        let mut caller = self.stranger();
        let answer = caller.post("/api/login", &json!({ "username": name, "password": PASSWORD }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        caller.token = answer.json()["token"].as_str().map(str::to_owned);
        caller.hide(PASSWORD);
        caller.hide(caller.token.as_deref().unwrap());
        caller.cookies.clear();
        caller
    }

    /// Joined by the PIN.
    pub fn guest(&self, dj: &str) -> Caller {
        self.guest_of(dj, &mut self.host(dj))
    }

    /// Joined by the PIN that `host` tells.
    pub fn guest_of(&self, dj: &str, host: &mut Caller) -> Caller {
        let pin = host.get(&format!("/api/{dj}/event")).json()["event"]["pin"].clone();
        let mut caller = self.stranger();
        let answer = caller.post(&format!("/api/{dj}/join"), &json!({ "pin": pin }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        caller.hide(pin.as_str().unwrap());
        caller
    }

    /// Come by a fresh link.
    pub fn helper(&self, dj: &str) -> Caller {
        let url = self.host(dj).post(&format!("/api/{dj}/helpers"), &json!({ "name": "Lena" })).json()["url"].clone();
        let mut caller = self.stranger();
        let answer = caller.get(url.as_str().unwrap().strip_prefix(&self.base).unwrap());
        assert_eq!(answer.status, 303, "{}", answer.body);
        caller
    }

    /// Opened with a fresh address, and come back with what that left.
    pub fn screen(&self, dj: &str) -> Caller {
        let url = self.host(dj).post(&format!("/api/{dj}/screens"), &json!({ "label": "TV" })).json()["url"].clone();
        let mut caller = self.stranger();
        let answer = caller.get(url.as_str().unwrap().strip_prefix(&self.base).unwrap());
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(caller.get(&format!("/{dj}/display")).status, 200);
        caller
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

/// Somebody with a browser or a script; keeps cookies as a browser would, path and all.
#[derive(Clone)]
pub struct Caller {
    base: String,
    agent: ureq::Agent,
    pub token: Option<String>,
    /// Path, name, value.
    pub cookies: Vec<(String, String, String)>,
    pub origin: Option<String>,
    pub headers: Vec<(String, String)>,
    secrets: Secrets,
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The error's code; fails when the body is not an error as promised.
    pub fn code(&self) -> String {
        let body = self.json();
        assert!(body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", self.body);
        body["error"]["code"].as_str().expect("an error without a code").to_owned()
    }

    /// Status and code of an error.
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.code())
    }
}

impl Caller {
    pub fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None).build();
        let origin = Some(base.to_owned());
        Self {
            base: base.into(),
            agent: config.into(),
            token: None,
            cookies: vec![],
            origin,
            headers: vec![],
            secrets: Secrets::default(),
        }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Remembers something that no log may tell.
    pub fn hide(&self, secret: &str) {
        self.secrets.lock().unwrap().insert(secret.to_owned());
    }

    /// Remembers whatever is secret in what is sent or answered.
    fn hide_all(&self, body: &[u8]) {
        let Ok(value) = serde_json::from_slice(body) else { return };
        let mut left: Vec<Value> = vec![value];
        while let Some(value) = left.pop() {
            let Value::Object(fields) = value else {
                left.extend(value.as_array().into_iter().flatten().cloned());
                continue;
            };
            for (name, value) in fields {
                match (name.as_str(), value.as_str()) {
                    ("pin" | "token" | "password" | "old" | "new" | "nickname" | "note", Some(secret)) => {
                        self.hide(secret);
                    }
                    ("t" | "url" | "join_url" | "authorize_url", Some(link)) => {
                        link.rsplit('=').next().into_iter().for_each(|secret| self.hide(secret));
                    }
                    _ => left.push(value),
                }
            }
        }
    }

    /// The same phone after the box was started again on another port.
    pub fn move_to(&mut self, venue: &Venue) {
        self.base.clone_from(&venue.base);
        self.origin = Some(venue.base.clone());
    }

    /// The same phone at another address that leads to the same box.
    #[must_use]
    pub fn through(mut self, base: &str) -> Self {
        base.clone_into(&mut self.base);
        self.origin = Some(base.to_owned());
        self
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.call("GET", path, None)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, Some(("application/json", body.to_string().into_bytes())))
    }

    pub fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, Some(("application/json", body.to_string().into_bytes())))
    }

    pub fn patch(&mut self, path: &str, body: &Value) -> Answer {
        self.call("PATCH", path, Some(("application/json", body.to_string().into_bytes())))
    }

    /// Where the code of this DJ's party leads.
    pub fn join_url(&mut self, dj: &str) -> String {
        self.get(&format!("/api/{dj}/event")).json()["event"]["join_url"].as_str().unwrap().to_owned()
    }

    pub fn delete(&mut self, path: &str) -> Answer {
        self.call("DELETE", path, None)
    }

    /// A form sent by a page without a script.
    pub fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body =
            fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect::<Vec<_>>().join("&");
        self.call("POST", path, Some(("application/x-www-form-urlencoded", body.into_bytes())))
    }

    pub fn call(&mut self, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Answer {
        self.try_call(method, path, body).unwrap()
    }

    /// The same at a box that may be gone before it answers.
    pub fn try_call(&mut self, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Result<Answer, ureq::Error> {
        for pass in ["t=", "dt=", "ht="] {
            path.split(['?', '&']).filter_map(|part| part.strip_prefix(pass)).for_each(|token| self.hide(token));
        }
        self.hide_all(body.as_ref().map_or(&[][..], |(_, text)| text));
        let answer = self.agent.run(self.request(method, path, body))?;
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        for (_, cookie) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            self.keep(cookie);
        }
        let status = answer.status().as_u16();
        let body = answer.into_body().read_to_vec()?;
        self.hide_all(&body);
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    fn request(&self, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> ureq::http::Request<Vec<u8>> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let cookies: Vec<_> =
            self.cookies.iter().filter(|(under, ..)| covers(under, path)).map(|(_, n, v)| format!("{n}={v}")).collect();
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies.join("; "));
        }
        if let Some(origin) = self.origin.as_ref().filter(|_| method != "GET") {
            request = request.header("Origin", origin);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let (kind, body) = body.unzip();
        if let Some(kind) = kind {
            request = request.header("Content-Type", kind);
        }
        request.body(body.unwrap_or_default()).unwrap()
    }

    fn keep(&mut self, cookie: &str) {
        let mut parts = cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let path = parts.find_map(|part| part.strip_prefix("Path=")).unwrap_or("/").to_owned();
        // Whose box this is stands in every address; anything else in a cookie is a secret.
        if name != "dj" {
            self.hide(value);
        }
        self.cookies.retain(|(under, known, _)| (under.as_str(), known.as_str()) != (&path, name));
        if !cookie.contains("Max-Age=0") {
            self.cookies.push((path, name.into(), value.into()));
        }
    }

    /// Opens a live stream; what it says arrives on the channel, whose end is the stream's end.
    pub fn listen(&self, path: &str) -> Receiver<Said> {
        // A stream has no end, but it must begin.
        let asked = self.agent.configure_request(self.request("GET", path, None));
        let answer = self.agent.run(asked.timeout_recv_response(Some(PATIENCE)).build()).unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        let (tell, said) = channel();
        std::thread::spawn(move || {
            let (mut id, mut event, mut data) = (0, String::new(), String::new());
            for line in BufReader::new(answer.into_body().into_reader()).lines().map_while(Result::ok) {
                match line.split_once(':') {
                    Some(("id", rest)) => id = rest.trim().parse().unwrap(),
                    Some(("event", rest)) => rest.trim().clone_into(&mut event),
                    Some(("data", rest)) => data += rest.trim(),
                    _ if line.is_empty()
                        && !event.is_empty()
                        && tell
                            .send(Said { id, event: std::mem::take(&mut event), data: std::mem::take(&mut data) })
                            .is_err() =>
                    {
                        return;
                    }
                    _ => {}
                }
            }
        });
        said
    }
}

/// One server-sent event.
#[derive(Debug, Clone)]
pub struct Said {
    pub id: u64,
    pub event: String,
    pub data: String,
}

/// The next thing said that is not a sign of life.
pub fn next(said: &Receiver<Said>) -> Said {
    loop {
        let next = said.recv_timeout(PATIENCE).expect("the stream said nothing");
        if next.event != "beat" {
            return next;
        }
    }
}

/// Whether a secret stands in a text as a word of its own; numbers of a time or a port are not PINs.
fn tells(text: &str, secret: &str) -> bool {
    secret.len() > 3 && text.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).any(|word| word == secret)
}

fn covers(under: &str, path: &str) -> bool {
    under == "/" || path.strip_prefix(under).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

pub fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// A wish that is new and says nothing special.
pub fn wish(title: &str) -> Value {
    json!({ "title": title, "artist": "Somebody" })
}
