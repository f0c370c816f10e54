//! What can be seen by whom: by weak eyes, in forced colours, with large letters.

use serde_json::{Value, json};

use crate::browser::{Driver, LAPTOP, PHONE, Person, TV, run};
use crate::venue::{Caller, PASSWORD, Venue, wish};

/// Contrast as WCAG has it, of the colours as they are computed, with all grounds and opacities in between.
const COLOURS: &str = "
    const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
    const known = new Map();
    const rgba = (colour) => {
        if (!known.has(colour)) {
            pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
            const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
            known.set(colour, [r, g, b, a / 255]);
        }
        return known.get(colour);
    };
    const mix = (one, two, share) => [0, 1, 2].map((n) => one[n] * share + two[n] * (1 - share));
    const over = (one, ground) => mix(one, ground, one[3]);
    const luminance = (colour) => colour.reduce((sum, c, n) => { c /= 255; return sum + [.2126, .7152, .0722][n] * (c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4); }, 0);
    const contrast = (one, two) => { const [a, b] = [luminance(one), luminance(two)]; return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); };
    // A colour inside an element, and the ground it lies on, as they are seen.
    const seen = (el, colour) => {
        const chain = [];
        for (let at = el; at; at = at.parentElement) chain.unshift(at);
        const view = (n, ground) => {
            const style = getComputedStyle(chain[n]), own = over(rgba(style.backgroundColor), ground);
            const [top, below] = n + 1 < chain.length ? view(n + 1, own) : [over(rgba(colour), own), own];
            return [mix(top, ground, +style.opacity), mix(below, ground, +style.opacity)];
        };
        return view(0, [255, 255, 255]);
    };
    const shown = (el) => el.checkVisibility() && el.getBoundingClientRect().width > 1 && !el.closest('.visually-hidden, :disabled, .cover, svg');
    const name = (el) => el.tagName + '.' + el.className + ' ' + JSON.stringify(el.textContent.trim().slice(0, 30));
    const low = (what, el, [one, two], least) => { const is = contrast(one, two); if (is < least) faults.push(what + ' ' + is.toFixed(2) + ' of ' + least + ': ' + name(el)); };
    const faults = [];";

/// Texts, badges and votes; the edges of what is pressed and filled in; progress.
const CONTRAST: &str = "
    for (const el of [...document.body.querySelectorAll('*')].filter(shown)) {
        const style = getComputedStyle(el), size = parseFloat(style.fontSize);
        const large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
        if ([...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) low('text', el, seen(el, style.color), large ? 3 : 4.5);
        if (el.matches('input:not([type=range], [type=hidden]), select, textarea, .ballot, .quiet, .more > summary, progress')) {
            const [, behind] = seen(el.parentElement, 'transparent');
            const edge = contrast(over(rgba(style.borderTopColor), behind), behind), fill = contrast(seen(el, style.color)[1], behind);
            if (parseFloat(style.borderTopWidth) === 0 && fill < 3 || Math.max(edge, fill) < 3) faults.push('edge ' + edge.toFixed(2) + ': ' + name(el));
        }
        if (el.matches('progress')) low('progress', el, seen(el, style.color), 3);
        if (el.matches('input, textarea') && el.placeholder) low('placeholder', el, seen(el, getComputedStyle(el, '::placeholder').color), 4.5);
    }
    return [...new Set(faults)];";

/// Where grounds are gone: an edge round all that is pressed, and round progress and what it has come to.
const EDGES: &str = "
    for (const el of [...document.body.querySelectorAll('button, .button, .more > summary, input:not([type=range], [type=hidden]), select, textarea, progress, .badge')].filter(shown)) {
        const style = getComputedStyle(el), [, behind] = seen(el.parentElement, 'transparent');
        if (parseFloat(style.borderTopWidth) === 0 || style.borderTopStyle === 'none' || contrast(over(rgba(style.borderTopColor), behind), behind) < 3) faults.push('no edge: ' + name(el));
        if (el.matches('progress')) low('progress', el, seen(el, style.color), 3);
    }
    const press = (yes) => { const vote = document.querySelector('.ballot:enabled'); vote?.setAttribute('aria-pressed', yes); return vote && getComputedStyle(vote).backgroundColor + getComputedStyle(vote, '::after').content; };
    if (document.querySelector('.ballot:enabled') && press(true) === press(false)) faults.push('a vote that was given looks like one that was not');
    return [...new Set(faults)];";

const SIDEWAYS: &str = "
    const page = document.documentElement, faults = [];
    if (page.scrollWidth > page.clientWidth) {
        faults.push(page.scrollWidth - page.clientWidth + ' px too wide');
        for (const el of document.querySelectorAll('body *')) if (el.getBoundingClientRect().right > page.clientWidth + 1 && !el.closest('.scroll, pre, nav')) faults.push(el.tagName + '.' + el.className);
    }
    return faults.slice(0, 6);";

/// A night with all there is to see, and who sees it: each with their pages.
struct Night {
    venue: Venue,
    dj: Caller,
    helper: String,
    screen: String,
    way_in: String,
}

impl Night {
    fn begin() -> Self {
        let venue = Venue::demo();
        let mut dj = venue.host("johnsmith");
        let rules = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0 });
        assert_eq!(dj.put("/api/johnsmith/settings", &rules).status, 200);
        let link = |dj: &mut Caller, of: &str, body| {
            dj.post(&format!("/api/johnsmith/{of}"), &body).json()["url"].as_str().unwrap().to_owned()
        };
        let helper = link(&mut dj, "helpers", json!({ "name": "Lena" }));
        let screen = link(&mut dj, "screens", json!({ "label": "TV at the bar" }));
        let way_in = dj.join_url("johnsmith");
        Self { venue, dj, helper, screen, way_in }
    }

    /// A guest of whose wishes each has another fate.
    async fn guest(&mut self, driver: &Driver, size: (u32, u32)) -> Person {
        let guest = Person::new(driver, size, true).await;
        guest.open(&self.way_in).await;
        guest.see("form#ask").await;
        for (n, act) in ["", "approve", "reject", "playing", "played"].iter().enumerate() {
            let title = format!("{act} {n} {}", size.0);
            let sent = format!(
                "return fetch('/api/johnsmith/requests?as=guest', {{ method: 'POST', headers: {{ 'Content-Type': 'application/json' }}, body: JSON.stringify({}) }}).then((answer) => answer.json()).then((said) => said.request.id)",
                wish(&title)
            );
            let id = guest.does(&sent).await;
            let id = id.as_str().unwrap();
            if *act == "played" {
                assert_eq!(self.dj.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({})).status, 200);
            }
            if !act.is_empty() {
                assert_eq!(
                    self.dj.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({})).status,
                    200,
                    "{act}"
                );
            }
        }
        guest.open(&self.way_in).await;
        guest.see(".mine li").await;
        guest
    }

    /// The pages of those who sign in, by whom.
    fn pages(&self) -> [(&'static str, Vec<String>); 2] {
        let admin = ["overview", "requests", "queue", "settings", "spotify", "history", "audit", "poster"];
        let mut admin: Vec<_> = admin.iter().map(|page| format!("/johnsmith/admin/{page}")).collect();
        let mut dj = self.dj.clone();
        let night = dj.get("/api/johnsmith/events").json()["events"][0]["id"].as_str().unwrap().to_owned();
        let made =
            dj.post("/api/johnsmith/screens", &json!({ "label": "Another" })).json()["id"].as_str().unwrap().to_owned();
        admin.extend([
            format!("/johnsmith/admin/history/{night}"),
            format!("/johnsmith/admin/screens/{made}"),
            "/account".into(),
            "/help".into(),
            "/logout".into(),
        ]);
        let owner = ["/superadmin/dashboard", "/superadmin/users", "/superadmin/users/new"].map(String::from).into();
        [("johnsmith", admin), ("admin", owner)]
    }

    /// Looks at every page as whom it is for, at each size; there must be no fault in what `look` answers.
    async fn looks_right(mut self, driver: &Driver, look: impl AsyncFn(&Person) -> Value) {
        let mut faults = Vec::new();
        for size in [PHONE, LAPTOP, TV] {
            let person = self.guest(driver, size).await;
            let note = async |what: &str| {
                let seen = look(&person).await;
                seen.as_array().unwrap().iter().map(|one| format!("{what} at {size:?}: {one}")).collect::<Vec<_>>()
            };
            faults.extend(note("the guest's page").await);
            for (page, mark) in [(&self.helper, ".tickets"), (&self.screen, ".join")] {
                person.open(page).await;
                person.see(mark).await;
                faults.extend(note(mark).await);
            }
            for open in ["/", "/login", "/janedoe", "/nothing/here", "/janedoe/display"] {
                person.open(&format!("{}{open}", self.venue.base)).await;
                faults.extend(note(open).await);
            }
            for (name, pages) in self.pages() {
                // Whoever is signed in is led on, and not asked again.
                person.forget().await;
                person.open(&format!("{}/login", self.venue.base)).await;
                person.fill("[name=username]", name).await;
                person.fill("[name=password]", PASSWORD).await;
                person.tap("button[type=submit]").await;
                person.see(".bar nav").await;
                for page in pages {
                    person.open(&format!("{}{page}", self.venue.base)).await;
                    person
                        .does("document.querySelectorAll('details:not(.more)').forEach((one) => { one.open = true; })")
                        .await;
                    faults.extend(note(&page).await);
                }
            }
            person.leave().await;
        }
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }
}

/// All that is found in both lights, with further settings.
async fn in_light_and_dark(page: &Person, driver: &Driver, more: &[(&str, &str)], look: &str) -> Value {
    let mut faults = Vec::new();
    for scheme in ["light", "dark"] {
        page.prefers(driver, &[&[("prefers-color-scheme", scheme)], more].concat()).await;
        let found = page.does(&format!("{COLOURS}{look}")).await;
        faults.extend(found.as_array().unwrap().iter().map(|one| json!(format!("{scheme}, {one}"))));
    }
    page.prefers(driver, &[]).await;
    json!(faults)
}

#[test]
fn every_text_and_every_edge_is_told_from_its_ground_in_light_and_in_dark() {
    let driver = Driver::start();
    run(Night::begin().looks_right(&driver, async |page| in_light_and_dark(page, &driver, &[], CONTRAST).await));
}

#[test]
fn where_colours_are_forced_whatever_is_pressed_or_measured_has_its_edge() {
    let driver = Driver::start();
    let forced = [("forced-colors", "active")];
    run(Night::begin().looks_right(&driver, async |page| in_light_and_dark(page, &driver, &forced, EDGES).await));
}

#[test]
fn text_at_twice_its_size_makes_no_page_scroll_sideways() {
    let driver = Driver::start();
    run(Night::begin().looks_right(&driver, async |page| {
        page.text_size(&driver, 32).await;
        let size = page.does("return getComputedStyle(document.documentElement).fontSize").await;
        assert_eq!(size, json!("32px"), "the text is no larger");
        let faults = page.does(SIDEWAYS).await;
        page.text_size(&driver, 16).await;
        faults
    }));
}

#[test]
fn every_colour_a_sheet_uses_is_defined_in_it() {
    let base = include_str!("../../assets/style.css");
    for sheet in [base, include_str!("../../assets/admin.css"), include_str!("../../assets/stage.css")] {
        for used in sheet.split("var(--").skip(1) {
            let name = used.split([')', ',']).next().unwrap();
            let defines = |sheet: &str| sheet.contains(&format!("--{name}:"));
            assert!(defines(base) || defines(sheet), "--{name} is used and never defined");
        }
    }
}
