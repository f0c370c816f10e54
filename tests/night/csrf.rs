//! Pages elsewhere that try to act in a DJ's name, in a real browser.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use crate::browser::{Driver, LAPTOP, Person, run};
use crate::venue::Venue;

/// A site of somebody else's: one page for each way to act on `target`. Answers its port.
fn another_site(target: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let form =
        format!("<form id=f method=post action='{target}/api/owner/event/end'></form><button form=f>A prize</button>");
    let planted = format!(
        "<form id=f method=post action='{target}/api/owner/requests'><input name=title value=Planted><input name=artist value=X></form><button form=f>A prize</button>"
    );
    let fetches = format!(
        "<script>Promise.allSettled(['no-cors', 'cors'].flatMap((mode) => [
            fetch('{target}/api/owner/event/end', {{ method: 'POST', mode, credentials: 'include', body: new URLSearchParams({{ a: 1 }}) }}),
            fetch('{target}/api/owner/event', {{ method: 'POST', mode, credentials: 'include', headers: {{ 'Content-Type': 'text/plain' }}, body: '{{\"name\":\"Mine\"}}' }}),
        ])).then(() => {{ document.title = 'done'; }});</script>"
    );
    let pictures = format!(
        "<img src='{target}/api/owner/event/end'><img src='{target}/logout'><img src='{target}/api/logout' onerror=\"document.title = 'done'\">"
    );
    std::thread::spawn(move || {
        std::thread::scope(|scope| {
            // Browsers open connections they may need later and say nothing on them: none may hold up another.
            for stream in listener.incoming().map_while(Result::ok) {
                scope.spawn(|| {
                    let mut reader = BufReader::new(stream);
                    let mut line = String::new();
                    let _ = reader.read_line(&mut line);
                    let mut rest = String::new();
                    while reader.read_line(&mut rest).is_ok_and(|read| read > 2) {
                        rest.clear();
                    }
                    let page = match line.split(' ').nth(1) {
                        Some("/form") => &form,
                        Some("/planted") => &planted,
                        Some("/fetch") => &fetches,
                        _ => &pictures,
                    };
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
                    let _ = write!(reader.get_mut(), "{head}Content-Length: {}\r\n\r\n{page}", page.len());
                });
            }
        });
    });
    port
}

#[test]
fn no_page_elsewhere_acts_in_the_djs_name() {
    let driver = Driver::start();
    let venue = Venue::named("party.lan");
    let port = another_site(&venue.base);
    run(async {
        let dj = Person::new(&driver, LAPTOP, true).await;
        dj.open(venue.setup_link()).await;
        dj.fill("[name=username]", "owner").await;
        dj.fill("[name=password]", "party-demo").await;
        dj.tap("button[type=submit]").await;
        dj.read("h1", "owner").await;
        dj.open(&format!("{}/owner/admin/overview", venue.base)).await;
        dj.fill("form.start [name=name]", "Friday").await;
        dj.tap("form.start button[type=submit]").await;
        dj.read("h2", "Friday").await;
        let before = venue.belongings("owner");

        // Another site altogether, and the same name on another port, which browsers take for the same site.
        // Whoever has no cookie there is asked to sign in; the rest is refused.
        for (site, told) in [("evil.lan", "sign in"), ("party.lan", "This came from another site")] {
            for way in ["form", "planted"] {
                dj.open(&format!("http://{site}:{port}/{way}")).await;
                dj.tap("button").await;
                dj.read("body", told).await;
            }
            for way in ["fetch", "picture"] {
                dj.open(&format!("http://{site}:{port}/{way}")).await;
                dj.titled("done").await;
            }
            assert_eq!(venue.belongings("owner"), before, "{site}");
        }
        // Still signed in, and the box's own page works.
        dj.open(&format!("{}/owner/admin/overview", venue.base)).await;
        dj.tap("details.end summary").await;
        dj.tap("details.end button.danger").await;
        dj.read("h1", "Friday").await;
        assert_ne!(venue.belongings("owner"), before);
        dj.leave().await;
    });
}
