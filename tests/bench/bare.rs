//! The floor: Rocket alone in a process of its own, with a route that says hello and a stream that passes on what is said.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rocket::fairing::AdHoc;
use rocket::http::ContentType;
use rocket::response::stream::ByteStream;
use rocket::tokio::sync::broadcast::{self, Sender};
use rocket::{Config, State, routes};

/// What a stream says of one change.
const SAID: usize = 600;

type Said = Sender<Arc<Vec<u8>>>;

#[rocket::get("/")]
fn hello() -> &'static str {
    "Hello, world!"
}

#[rocket::get("/live")]
fn live(said: &State<Said>) -> (ContentType, ByteStream![Vec<u8>]) {
    let mut hears = said.subscribe();
    let stream = ByteStream! {
        yield b"event:hello\n\n".to_vec();
        while let Ok(said) = hears.recv().await {
            yield said.to_vec();
        }
    };
    (ContentType::EventStream, stream)
}

#[rocket::post("/say")]
fn say(said: &State<Said>) -> &'static str {
    let _ = said.send(Arc::new(format!("event:change\ndata:{}\n\n", "x".repeat(SAID)).into_bytes()));
    "said"
}

/// What the other process does: `bench bare` prints its port, and answers until its input ends.
pub fn serve() {
    let config = Config { port: 0, log_level: rocket::config::LogLevel::Off, ..Config::release_default() };
    let told = AdHoc::on_liftoff("port", |rocket| Box::pin(async move { println!("{}", rocket.config().port) }));
    std::thread::spawn(|| {
        std::io::stdin().read_to_end(&mut vec![]).unwrap();
        std::process::exit(0);
    });
    let said: Said = broadcast::channel(64).0;
    let rocket = rocket::custom(config).manage(said).mount("/", routes![hello, live, say]).attach(told);
    tokio::runtime::Runtime::new().unwrap().block_on(rocket.launch()).unwrap();
}

/// The floor as it runs; it ends with this.
pub struct Bare {
    child: Child,
    pub port: u16,
}

impl Bare {
    pub fn start() -> Self {
        let mut bench = Command::new(std::env::current_exe().unwrap());
        let mut child = bench.arg("bare").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { port: port.trim().parse().unwrap(), child }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
