//! The night as people have it: real browsers, each its own profile.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use crate::venue::{PASSWORD, Venue};

const PATIENCE: Duration = Duration::from_secs(20);
pub const PHONE: (u32, u32) = (360, 740);
pub const LAPTOP: (u32, u32) = (1280, 800);
const TV: (u32, u32) = (1920, 1080);

/// A driver of browsers, ended when the test is done.
pub struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    pub fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver is not installed");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').to_owned())
            })
            .expect("chromedriver did not start");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One person at one device.
pub struct Person {
    client: Client,
    _profile: TempDir,
}

impl Person {
    pub async fn new(driver: &Driver, (width, height): (u32, u32), script: bool) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let args = [
            "--headless".into(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--host-resolver-rules=MAP *.lan 127.0.0.1".into(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let mut options = json!({ "args": args });
        if (width, height) == PHONE {
            // A tap is awaited with a timer, which never comes where scripts are off: a click does there.
            options["mobileEmulation"] =
                json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 2.0, "touch": script } });
        }
        let mut wanted = Capabilities::new();
        wanted.insert("goog:chromeOptions".into(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&driver.url)
            .await
            .expect("no browser");
        if !script {
            let session = client.session_id().await.unwrap().unwrap();
            let off = json!({ "cmd": "Emulation.setScriptExecutionDisabled", "params": { "value": true } });
            ureq::post(format!("{}/session/{session}/goog/cdp/execute", driver.url)).send_json(off).unwrap();
        }
        Self { client, _profile: profile }
    }

    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Waits until an element is there.
    pub async fn see(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        let Ok(element) = found else {
            panic!("no {css} on {}: {}", self.client.current_url().await.unwrap(), self.text().await);
        };
        element
    }

    /// Waits until an element's text has `words` in it, whatever happens to the element meanwhile.
    pub async fn read(&self, css: &str, words: &str) {
        let path = format!("//*[{} and contains(., {words:?})]", class_path(css));
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
        assert!(
            found.is_ok(),
            "no {words:?} in {css} on {}: {}",
            self.client.current_url().await.unwrap(),
            self.text().await
        );
    }

    async fn text(&self) -> String {
        self.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap()
    }

    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.see(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub async fn tap(&self, css: &str) {
        self.see(css).await.click().await.unwrap();
    }

    /// Leaves a mark that a reload would wipe off.
    pub async fn mark(&self) {
        self.client.execute("document.documentElement.dataset.mark = 'kept'", vec![]).await.unwrap();
    }

    pub async fn was_not_reloaded(&self) {
        let kept = self.client.execute("return document.documentElement.dataset.mark", vec![]).await.unwrap();
        assert_eq!(kept, "kept", "the page was loaded again");
    }

    /// What is on the picture of an element.
    async fn scan(&self, css: &str) -> String {
        let picture = self.see(css).await.screenshot().await.unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let (width, step) = (info.width as usize, info.color_type.samples());
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, info.height as usize, |x, y| {
            pixels[(y * width + x) * step]
        });
        let (_, text) = image.detect_grids().first().expect("no QR code on the picture").decode().unwrap();
        text
    }

    /// No page may scroll sideways.
    pub async fn looks_whole(&self) {
        let over =
            self.client.execute("return document.documentElement.scrollWidth - innerWidth", vec![]).await.unwrap();
        assert!(over.as_i64().unwrap() <= 0, "{} is {over} px too wide", self.client.current_url().await.unwrap());
    }

    /// From here on nothing answers at addresses like this.
    pub async fn cannot_reach(&self, driver: &Driver, pattern: &str) {
        let session = self.client.session_id().await.unwrap().unwrap();
        for (cmd, params) in [("Network.enable", json!({})), ("Network.setBlockedURLs", json!({ "urls": [pattern] }))] {
            let command = json!({ "cmd": cmd, "params": params });
            ureq::post(format!("{}/session/{session}/goog/cdp/execute", driver.url)).send_json(command).unwrap();
        }
    }

    /// Waits until the address bar has `mark` in it; answers the whole address.
    pub async fn address_with(&self, mark: &str) -> String {
        let began = std::time::Instant::now();
        loop {
            let url = self.client.current_url().await.unwrap().to_string();
            if url.contains(mark) {
                return url;
            }
            assert!(began.elapsed() < PATIENCE, "no {mark} in {url}");
            tokio::task::yield_now().await;
        }
    }

    /// Opens a tab and looks at it; answers the one left behind.
    pub async fn new_tab(&self) -> WindowHandle {
        let first = self.client.window().await.unwrap();
        let tab = self.client.new_window(true).await.unwrap().handle;
        self.client.switch_to_window(tab).await.unwrap();
        first
    }

    /// Closes the tab and looks at another one again.
    pub async fn close_tab(&self, other: WindowHandle) {
        self.client.close_window().await.unwrap();
        self.client.switch_to_window(other).await.unwrap();
    }

    /// Waits until the page calls itself so.
    pub async fn titled(&self, title: &str) {
        let path = format!("//title[. = {title:?}]");
        self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await.unwrap();
    }

    pub async fn picture(&self, file: &str) {
        std::fs::write(file, self.client.screenshot().await.unwrap()).unwrap();
    }

    pub async fn leave(self) {
        self.client.close().await.unwrap();
    }
}

/// `.a.b` as a condition on classes, `#a` on the id, `a` on the name.
fn class_path(css: &str) -> String {
    match (css.strip_prefix('.'), css.strip_prefix('#')) {
        (Some(class), _) => format!("contains(concat(' ', @class, ' '), ' {class} ')"),
        (_, Some(id)) => format!("@id = '{id}'"),
        _ => format!("self::{css}"),
    }
}

pub fn run(night: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(night);
}

#[test]
fn a_night_in_five_browsers() {
    let driver = Driver::start();
    let venue = Venue::named("party.lan");
    run(async {
        // The owner takes the box with the link from the terminal, and makes a DJ.
        let owner = Person::new(&driver, LAPTOP, true).await;
        let link = venue.setup_link();
        assert!(link.starts_with("http://party.lan:"), "{link}");
        owner.open(link).await;
        owner.fill("[name=username]", "owner").await;
        owner.fill("[name=display_name]", "The Anchor").await;
        owner.fill("[name=password]", PASSWORD).await;
        owner.tap("button[type=submit]").await;
        owner.read("h1", "The Anchor").await;
        owner.tap("a[href='/superadmin/users/new']").await;
        owner.fill("[name=username]", "djane").await;
        owner.fill("[name=display_name]", "DJane").await;
        owner.fill("[name=password]", "turntables").await;
        owner.tap("main button[type=submit]").await;
        owner.see("#user-djane").await;
        owner.looks_whole().await;

        // The DJ signs in and starts the night.
        let base = &venue.base;
        let dj = Person::new(&driver, LAPTOP, true).await;
        dj.open(&format!("{base}/login")).await;
        dj.fill("[name=username]", "djane").await;
        dj.fill("[name=password]", "turntables").await;
        dj.tap("button[type=submit]").await;
        dj.fill("form.start [name=name]", "Friday at the Anchor").await;
        dj.tap("form.start button[type=submit]").await;
        dj.read("h2", "Friday at the Anchor").await;
        let scanned = dj.scan("img.qr").await;
        assert!(scanned.starts_with(&format!("{base}/djane?t=")), "{scanned}");

        // The TV.
        dj.fill(".screens [name=label]", "TV at the bar").await;
        dj.tap(".screens form.inline button").await;
        let address = dj.see("#screen-url").await.text().await.unwrap();
        let tv = Person::new(&driver, TV, true).await;
        tv.open(&address).await;
        tv.read("p", "Ask for a song").await;
        assert_eq!(tv.scan(".join .qr").await, scanned, "the TV shows the same way in");
        tv.looks_whole().await;
        tv.mark().await;

        // Two guests, one by the code, one by the PIN on the TV.
        let anna = Person::new(&driver, PHONE, true).await;
        anna.open(&scanned).await;
        anna.see("form#ask").await;
        assert!(
            !anna.client.current_url().await.unwrap().as_str().contains("t="),
            "the secret stays in the address bar"
        );
        let pin = tv.see(".pin strong").await.text().await.unwrap();
        let ben = Person::new(&driver, PHONE, true).await;
        ben.open(&format!("{base}/djane")).await;
        ben.fill("[name=pin]", &pin).await;
        ben.tap("button[type=submit]").await;
        ben.see("form#ask").await;

        // A wish appears at the DJ's, who has the list open.
        dj.open(&format!("{base}/djane/admin/requests")).await;
        for person in [&dj, &anna, &ben] {
            person.looks_whole().await;
            person.mark().await;
        }
        anna.fill("#ask [name=title]", "Blue Monday").await;
        anna.fill("#ask [name=artist]", "New Order").await;
        anna.tap("#ask button[type=submit]").await;
        anna.read(".mine", "Waiting for the DJ").await;
        dj.read(".tickets", "Blue Monday").await;

        // The same wish of another guest is a vote.
        ben.fill("#ask [name=title]", "blue monday").await;
        ben.fill("#ask [name=artist]", "NEW ORDER").await;
        ben.tap("#ask button[type=submit]").await;
        ben.read(".toast", "your vote counts").await;
        dj.read(".tickets", "▲ 1").await;

        // Approved: both guests and the TV know.
        dj.tap(".tickets form[data-act=approve] button").await;
        anna.read(".mine", "You're next!").await;
        ben.read(".queue", "Blue Monday").await;
        tv.read(".next", "Blue Monday").await;

        // It plays, and was played.
        dj.tap(".line form[data-act=playing] button").await;
        for person in [&anna, &ben, &tv, &dj] {
            person.read(".now", "Blue Monday").await;
        }
        anna.read(".mine", "Playing now!").await;
        dj.tap(".now button[type=submit]").await;
        anna.read(".mine", "Played").await;
        tv.read(".now", "Your song?").await;
        for person in [&dj, &anna, &ben, &tv] {
            person.was_not_reloaded().await;
        }

        // The night ends; guests and TV see it, the history keeps it.
        dj.open(&format!("{base}/djane/admin/overview")).await;
        dj.tap("details.end summary").await;
        dj.tap("details.end button.danger").await;
        dj.read("h1", "Friday at the Anchor").await;
        anna.read("h1", "This party is over.").await;
        tv.read(".now", "No party right now").await;
        dj.looks_whole().await;
        let csv = dj.see("a[href$='.csv']").await.attr("href").await.unwrap().unwrap();
        let table = dj
            .client
            .execute_async(
                "const done = arguments[1]; fetch(arguments[0]).then((answer) => answer.text()).then(done)",
                vec![json!(csv)],
            )
            .await
            .unwrap();
        assert!(table.as_str().unwrap().contains("Blue Monday,New Order,"), "{table}");
        dj.open(&format!("{base}/djane/admin/history")).await;
        dj.read("main", "1 played of 1").await;
        for person in [owner, dj, anna, ben, tv] {
            person.leave().await;
        }
    });
}

#[test]
fn join_ask_and_approve_without_a_script() {
    let driver = Driver::start();
    let venue = Venue::named("party.lan");
    run(async {
        let base = &venue.base;
        let link = venue.setup_link();
        let dj = Person::new(&driver, LAPTOP, false).await;
        dj.open(link).await;
        dj.fill("[name=username]", "owner").await;
        dj.fill("[name=password]", PASSWORD).await;
        dj.tap("button[type=submit]").await;
        dj.read("h1", "owner").await;
        dj.open(&format!("{base}/owner/admin/overview")).await;
        dj.fill("form.start [name=name]", "Plain Friday").await;
        dj.tap("form.start button[type=submit]").await;
        dj.read("h2", "Plain Friday").await;
        let way_in = dj.see(".pass a[href*='?t=']").await.attr("href").await.unwrap().unwrap();

        let guest = Person::new(&driver, PHONE, false).await;
        guest.open(&way_in).await;
        guest.fill("#ask [name=title]", "By Hand").await;
        guest.fill("#ask [name=artist]", "No Script").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".mine", "Waiting for the DJ").await;
        assert_eq!(guest.client.current_url().await.unwrap().path(), "/owner", "the answer to a form is the page");

        dj.open(&format!("{base}/owner/admin/requests")).await;
        dj.tap(".tickets form[data-act=approve] button").await;
        dj.read(".line", "By Hand").await;
        guest.open(&format!("{base}/owner")).await;
        guest.read(".mine", "You're next!").await;
        for person in [dj, guest] {
            person.leave().await;
        }
    });
}
