//! What a page shows the person at it.

use std::time::Instant;

use fantoccini::Locator;
use serde_json::json;

use super::super::{PATIENCE, PAUSE};
use super::Person;

impl Person {
    /// Waits until an element's text has `words` in it, whatever happens to the element meanwhile.
    pub async fn read(&self, css: &str, words: &str) {
        let path = format!("//*[{} and contains(., {words:?})]", class_path(css));
        if let Err(error) = self.find(Locator::XPath(&path)).await {
            panic!("no {words:?} in {css}: {}", self.trouble(&error).await);
        }
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

    pub async fn was_not_reloaded(&self) {
        let kept = self.client.execute("return document.documentElement.dataset.mark", vec![]).await.unwrap();
        assert_eq!(kept, "kept", "the page was loaded again");
    }

    /// What is on the picture of an element.
    pub async fn scan(&self, css: &str) -> String {
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
}

/// `.a.b` as a condition on classes, `#a` on the id, `a` on the name.
fn class_path(css: &str) -> String {
    match (css.strip_prefix('.'), css.strip_prefix('#')) {
        (Some(class), _) => format!("contains(concat(' ', @class, ' '), ' {class} ')"),
        (_, Some(id)) => format!("@id = '{id}'"),
        _ => format!("self::{css}"),
    }
}
