//! A guest's phone that is four times slower than this machine: how long it stands still for one change in a long queue.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::figures::median;
use crate::party::{DJ, Party};
use crate::report::Report;

const SONGS: usize = 400;
const TIMES: usize = 5;
const SLOWER: u32 = 4;
/// A change has come and been worked off within this.
const SOON: Duration = Duration::from_secs(3);

/// Keeps what the page could not be touched for, in milliseconds; what is shorter than 50 is not told.
const WATCH: &str = "window.stood = 0; new PerformanceObserver(list => {
    for (const task of list.getEntries()) window.stood = Math.max(window.stood, task.duration);
}).observe({ entryTypes: ['longtask'] });";

pub fn run(report: &mut Report) {
    println!("phone: {SLOWER} times slower, {SONGS} songs in line, median of {TIMES} changes");
    let mut party = Party::with(SONGS, 1);
    let (browser, mut took) = (Browser::start(), Vec::new());
    browser.tell("goog/cdp/execute", json!({ "cmd": "Emulation.setCPUThrottlingRate", "params": { "rate": SLOWER } }));
    let code = party.host.join_url(DJ).split_once("?t=").unwrap().1.to_owned();
    browser.tell("url", json!({ "url": format!("{}/{DJ}?t={code}", party.venue.base) }));
    std::thread::sleep(SOON);
    browser.run(WATCH);
    for n in 0..TIMES {
        browser.run("window.stood = 0");
        let id = &party.line[SONGS / 2 + n];
        assert_eq!(party.host.post(&format!("/api/{DJ}/requests/{id}/play-next"), &json!({})).status, 200);
        std::thread::sleep(SOON);
        let here = browser.run(&format!("return document.body.innerText.includes('Song {}')", SONGS / 2 + n));
        assert_eq!(here, json!(true), "the change has not come");
        took.push(browser.run("return window.stood").as_f64().unwrap());
    }
    let longest = median(took);
    let told = if longest < 50.0 { "under 50 ms".into() } else { format!("{longest:.0} ms") };
    println!("  longest task: {told}");
    report.found("task", told);
}

/// A browser that is driven, ended with this.
struct Browser {
    driver: Child,
    session: String,
}

impl Browser {
    fn start() -> Self {
        let mut driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let said = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').to_owned())
        });
        std::thread::spawn(move || lines.for_each(drop));
        let base = format!("http://127.0.0.1:{}/session", said.unwrap());
        let screen = json!({ "width": 360, "height": 740, "pixelRatio": 2.0, "touch": true });
        let options = json!({
            "args": ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
            "mobileEmulation": { "deviceMetrics": screen }
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let session = asked(&base, wanted)["sessionId"].as_str().unwrap().to_owned();
        Self { driver, session: format!("{base}/{session}") }
    }

    fn tell(&self, what: &str, body: Value) -> Value {
        asked(&format!("{}/{what}", self.session), body)
    }

    fn run(&self, script: &str) -> Value {
        self.tell("execute/sync", json!({ "script": script, "args": [] }))
    }
}

fn asked(at: &str, body: Value) -> Value {
    let answer = ureq::post(at).send_json(body).unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str::<Value>(&answer).unwrap()["value"].take()
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Whoever is gone already need not be sent away.
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
