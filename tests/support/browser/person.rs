//! One person at one device, who looks at pages and taps them.

mod sight;

use std::time::Instant;

use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use super::{Driver, PATIENCE, PAUSE, PHONE};

/// One person at one device.
pub struct Person {
    pub client: Client,
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

    /// All that stands on the page, for a failure's message.
    async fn text(&self) -> String {
        let body = async { self.client.find(Locator::Css("body")).await?.text().await };
        body.await.unwrap_or_else(|error| format!("nothing to read: {error}"))
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
