//! The night as people have it: real browsers, each its own profile.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use crate::venue::{PASSWORD, Venue};

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

/// One person at one device.
pub struct Person {
    client: Client,
    _profile: TempDir,
}

impl Person {
    pub async fn new(driver: &Driver, size: (u32, u32), script: bool) -> Self {
        Self::with_options(driver, size, script, json!({})).await
    }

    /// Somebody whose browser is set to keep no cookies.
    pub async fn without_cookies(driver: &Driver, size: (u32, u32), script: bool) -> Self {
        let blocked = json!({ "prefs": { "profile.default_content_setting_values.cookies": 2 } });
        Self::with_options(driver, size, script, blocked).await
    }

    async fn with_options(
        driver: &Driver,
        (width, height): (u32, u32),
        script: bool,
        mut options: serde_json::Value,
    ) -> Self {
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
        options["args"] = json!(args);
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

    /// Forgets whoever they are here.
    pub async fn forget(&self) {
        self.client.delete_all_cookies().await.unwrap();
    }

    /// Waits until an element is there.
    pub async fn see(&self, css: &str) -> Element {
        match self.find(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("no {css}: {}", self.trouble(&error).await),
        }
    }

    /// Looks for an element until patience ends. A page on its way out answers a look with all sorts of errors, which
    /// say nothing of the page on its way in: fantoccini's own wait gives up at the first of them.
    async fn find(&self, by: Locator<'_>) -> Result<Element, CmdError> {
        let began = Instant::now();
        loop {
            match self.client.find(by).await {
                Err(_) if began.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
                found => return found,
            }
        }
    }

    /// Does something with an element; where the page put another in its place meanwhile, with that one.
    async fn with<T>(&self, css: &str, act: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        let began = Instant::now();
        loop {
            match act(self.see(css).await).await {
                Ok(done) => return done,
                Err(error) if replaced(&error) && began.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
                Err(error) => panic!("{css} could not be used: {}", self.trouble(&error).await),
            }
        }
    }

    async fn trouble(&self, error: &CmdError) -> String {
        let url = self.client.current_url().await.map_or_else(|_| "no page".into(), |url| url.to_string());
        format!("{error} on {url}: {}", self.text().await)
    }

    /// Waits until an element's text has `words` in it, whatever happens to the element meanwhile.
    pub async fn read(&self, css: &str, words: &str) {
        let path = format!("//*[{} and contains(., {words:?})]", class_path(css));
        if let Err(error) = self.find(Locator::XPath(&path)).await {
            panic!("no {words:?} in {css}: {}", self.trouble(&error).await);
        }
    }

    /// All that stands on the page, for a failure's message.
    async fn text(&self) -> String {
        let body = async { self.client.find(Locator::Css("body")).await?.text().await };
        body.await.unwrap_or_else(|error| format!("nothing to read: {error}"))
    }

    /// Waits until a picture is really there.
    pub async fn see_picture(&self, css: &str) {
        let wide =
            format!("const at = document.querySelector({css:?}); return at && at.complete ? at.naturalWidth : 0");
        let began = Instant::now();
        while self.client.execute(&wide, vec![]).await.unwrap() == json!(0) {
            assert!(began.elapsed() < PATIENCE, "no picture at {css}: {}", self.text().await);
            tokio::task::yield_now().await;
        }
    }

    pub async fn fill(&self, css: &str, text: &str) {
        self.with(css, async |field| {
            field.clear().await?;
            field.send_keys(text).await
        })
        .await;
    }

    pub async fn tap(&self, css: &str) {
        self.with(css, async |element| element.click().await).await;
    }

    /// What an element says.
    pub async fn words(&self, css: &str) -> String {
        self.with(css, async |element| element.text().await).await
    }

    /// What stands in a field.
    pub async fn value(&self, css: &str) -> String {
        self.with(css, async |field| field.prop("value").await).await.unwrap_or_default()
    }

    /// Where a link leads.
    pub async fn link(&self, css: &str) -> String {
        self.with(css, async |element| element.attr("href").await).await.expect("a link that leads nowhere")
    }

    /// Runs a script in the page; answers what it returns, a promise's fulfilment included.
    pub async fn does(&self, script: &str) -> serde_json::Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    /// Loads the page again, as it was come by.
    pub async fn again(&self) {
        self.client.refresh().await.unwrap();
    }

    /// Says what is to be seen, as an operating system's settings do.
    pub async fn prefers(&self, driver: &Driver, features: &[(&str, &str)]) {
        let features: Vec<_> = features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.tells(driver, "Emulation.setEmulatedMedia", &json!({ "features": features })).await;
    }

    /// Has a text of usual size stand so many pixels high.
    pub async fn text_size(&self, driver: &Driver, pixels: u32) {
        let sizes = json!({ "fontSizes": { "standard": pixels, "fixed": pixels } });
        self.tells(driver, "Page.setFontSizes", &sizes).await;
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
        let picture = self.with(css, async |element| element.screenshot().await).await;
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

    /// No page may scroll sideways. A phone's `innerWidth` grows with what does not fit, its `clientWidth` does not.
    pub async fn looks_whole(&self) {
        let width = "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        let over = self.client.execute(width, vec![]).await.unwrap();
        assert!(over.as_i64().unwrap() <= 0, "{} is {over} px too wide", self.client.current_url().await.unwrap());
    }

    /// Gives the window another size.
    pub async fn resize(&self, driver: &Driver, (width, height): (u32, u32)) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.tells(driver, "Emulation.setDeviceMetricsOverride", &size).await;
    }

    async fn tells(&self, driver: &Driver, cmd: &str, params: &serde_json::Value) {
        let session = self.client.session_id().await.unwrap().unwrap();
        let command = json!({ "cmd": cmd, "params": params });
        ureq::post(format!("{}/session/{session}/goog/cdp/execute", driver.url)).send_json(command).unwrap();
    }

    /// From here on nothing answers at addresses like this.
    pub async fn cannot_reach(&self, driver: &Driver, pattern: &str) {
        self.tells(driver, "Network.enable", &json!({})).await;
        self.tells(driver, "Network.setBlockedURLs", &json!({ "urls": [pattern] })).await;
    }

    /// Waits until the address bar has `mark` in it; answers the whole address.
    pub async fn address_with(&self, mark: &str) -> String {
        let began = Instant::now();
        loop {
            let url = self.client.current_url().await.unwrap().to_string();
            if url.contains(mark) {
                return url;
            }
            assert!(began.elapsed() < PATIENCE, "no {mark} in {url}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until something the page itself asked for has come.
    pub async fn has_heard(&self, address: &str) {
        let come = format!("return performance.getEntriesByType('resource').some((e) => e.name.includes({address:?}))");
        let began = Instant::now();
        while self.client.execute(&come, vec![]).await.unwrap() != json!(true) {
            assert!(began.elapsed() < PATIENCE, "nothing came from {address}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whether it is in sight; what was exchanged while it was looked at is looked at again.
    pub async fn shows(&self, css: &str) -> bool {
        loop {
            if let Ok(shows) = self.see(css).await.is_displayed().await {
                return shows;
            }
        }
    }

    /// Opens a tab and looks at it; answers the one left behind.
    pub async fn new_tab(&self) -> WindowHandle {
        let first = self.client.window().await.unwrap();
        let tab = self.client.new_window(true).await.unwrap().handle;
        self.client.switch_to_window(tab).await.unwrap();
        first
    }

    /// Looks at another tab; answers the one left behind.
    pub async fn look_at(&self, tab: WindowHandle) -> WindowHandle {
        let before = self.client.window().await.unwrap();
        self.client.switch_to_window(tab).await.unwrap();
        before
    }

    /// Closes the tab and looks at another one again.
    pub async fn close_tab(&self, other: WindowHandle) {
        self.client.close_window().await.unwrap();
        self.client.switch_to_window(other).await.unwrap();
    }

    /// Waits until the page calls itself so.
    pub async fn titled(&self, title: &str) {
        let path = format!("//title[. = {title:?}]");
        if let Err(error) = self.find(Locator::XPath(&path)).await {
            panic!("never called {title:?}: {}", self.trouble(&error).await);
        }
    }

    pub async fn picture(&self, file: &str) {
        std::fs::write(file, self.client.screenshot().await.unwrap()).unwrap();
    }

    pub async fn leave(self) {
        self.client.close().await.unwrap();
    }
}

/// Whether an element was gone, or under another one, when it was to be used: then nothing has happened yet.
fn replaced(error: &CmdError) -> bool {
    use ErrorStatus::{ElementClickIntercepted, ElementNotInteractable, StaleElementReference};
    matches!(error, CmdError::Standard(told)
        if matches!(told.error, StaleElementReference | ElementClickIntercepted | ElementNotInteractable))
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
        let address = dj.words("#screen-url").await;
        let tv = Person::new(&driver, TV, true).await;
        tv.open(&address).await;
        tv.read("p", "Ask for a song").await;
        // Plain HTTP under a name has no wake lock: a film keeps the TV on.
        tv.see("video.film").await;
        let plays = "return document.querySelector('.film').play().then(() => !navigator.wakeLock)";
        assert_eq!(tv.does(plays).await, json!(true));
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
        let pin = tv.words(".pin strong").await;
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
        let csv = dj.link("a[href$='.csv']").await;
        let table = dj
            .client
            .execute_async(
                "const done = arguments[1]; fetch(arguments[0]).then((answer) => answer.text()).then(done)",
                vec![json!(csv)],
            )
            .await
            .unwrap();
        assert!(table.as_str().unwrap().contains("\"Blue Monday\",\"New Order\","), "{table}");
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
        let way_in = dj.link(".pass a[href*='?t=']").await;

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

#[test]
fn who_is_about_to_be_signed_out_is_told_and_stays_with_a_tap() {
    let driver = Driver::start();
    let venue = Venue::demo();
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        dj.open(&format!("{}/login", venue.base)).await;
        dj.fill("[name=username]", "johnsmith").await;
        dj.fill("[name=password]", PASSWORD).await;
        dj.tap("button[type=submit]").await;
        dj.see(".pass").await;
        let hours_left = "return (document.cookie.match(/session_ends=(\\d+)/)[1] - Date.now() / 1000) / 3600";
        let hours = async || dj.client.execute(hours_left, vec![]).await.unwrap().as_f64().unwrap();
        assert!(hours().await > 160.0);
        let end = "document.cookie = 'session_ends=' + Math.floor(Date.now() / 1000 + arguments[0]) + '; path=/'";
        for (seconds, told) in [(20 * 60, false), (14 * 60, true)] {
            dj.client.execute(end, vec![json!(seconds)]).await.unwrap();
            dj.open(&format!("{}/johnsmith/admin/settings", venue.base)).await;
            dj.see("form").await;
            let shown = dj.client.find_all(Locator::Css("#toast:not([hidden]) button")).await.unwrap().len();
            assert_eq!(shown, usize::from(told), "{seconds} s before the end");
        }
        dj.read("#toast", "You will be signed out in 14 min.").await;
        dj.open(&format!("{}/johnsmith/admin/requests", venue.base)).await;
        dj.read("#toast", "You will be signed out in 14 min.").await;
        dj.does("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'u', bubbles: true }))").await;
        assert!(dj.shows("#toast").await, "the key that takes back an act stays signed in instead");
        dj.tap("#toast button").await;
        dj.see("#toast[hidden]").await;
        let began = Instant::now();
        while hours().await <= 160.0 {
            assert!(began.elapsed() < Duration::from_secs(20), "the tap renewed nothing");
        }
        dj.leave().await;
    });
}

#[test]
fn no_page_of_the_host_is_wider_than_a_phone() {
    let driver = Driver::start();
    let venue = Venue::demo();
    venue.host("admin").get("/api/johnsmith/requests");
    run(async {
        let owner = Person::new(&driver, PHONE, true).await;
        owner.open(&format!("{}/login", venue.base)).await;
        owner.fill("[name=username]", "admin").await;
        owner.fill("[name=password]", PASSWORD).await;
        owner.tap("button[type=submit]").await;
        owner.read("h1", "The Anchor").await;
        let admin = ["overview", "requests", "queue", "settings", "spotify", "history", "audit"];
        let admin = admin.map(|page| format!("/johnsmith/admin/{page}"));
        let own = ["/superadmin/dashboard", "/superadmin/users", "/superadmin/users/new", "/account", "/help", "/"];
        for path in own.map(String::from).into_iter().chain(admin) {
            owner.open(&format!("{}{path}", venue.base)).await;
            owner.see("h1").await;
            owner.looks_whole().await;
        }
        owner.leave().await;
    });
}
