//! Real browsers, each with its own profile, and the people at them.

mod person;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub use person::Person;

const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at a page.
const PAUSE: Duration = Duration::from_millis(50);
pub const PHONE: (u32, u32) = (360, 740);
pub const LAPTOP: (u32, u32) = (1280, 800);
pub const TV: (u32, u32) = (1920, 1080);

/// A driver of browsers, ended when the test is done.
pub struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    pub fn start() -> Self {
        // Of several that start at once one may find the port it chose taken, and ends.
        (0..5).find_map(|_| Self::started()).expect("chromedriver did not start")
    }

    fn started() -> Option<Self> {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver is not installed");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').to_owned())
        });
        let driver = Self { child, url: format!("http://127.0.0.1:{}", port?) };
        std::thread::spawn(move || lines.for_each(drop));
        Some(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn run(night: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(night);
}
