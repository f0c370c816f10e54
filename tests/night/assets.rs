//! Styles, scripts and pictures, as browsers keep them.

use std::collections::BTreeSet;

use crate::venue::{Caller, Venue};

const GOOD: &str = "public, max-age=31536000, immutable";

/// The addresses of all that a page has a browser load of this kind.
fn named(page: &str) -> BTreeSet<String> {
    let addresses = page.split(['"']).filter(|text| text.starts_with("/assets/"));
    addresses.map(str::to_owned).collect()
}

/// The same without what stands for its content.
fn plain(address: &str) -> String {
    let mut parts: Vec<&str> = address.split('.').collect();
    assert_eq!(parts.len(), 3, "{address}");
    let mark = parts.remove(1);
    assert!(mark.len() == 16 && mark.chars().all(|c| c.is_ascii_hexdigit()), "{address}");
    parts.join(".")
}

fn all_named(venue: &Venue) -> BTreeSet<String> {
    let (mut dj, mut guest, mut screen) =
        (venue.host("johnsmith"), venue.guest("johnsmith"), venue.screen("johnsmith"));
    let mut pages = vec![guest.get("/johnsmith"), screen.get("/johnsmith/display"), venue.stranger().get("/login")];
    pages.extend(["requests", "poster"].map(|page| dj.get(&format!("/johnsmith/admin/{page}"))));
    pages.iter().flat_map(|page| named(&page.body)).collect()
}

#[test]
fn a_style_sheet_under_its_hash_never_changes_and_is_asked_for_once() {
    let venue = Venue::demo();
    let all = all_named(&venue);
    let files: BTreeSet<String> = all.iter().map(|address| plain(address)).collect();
    let known = ["style.css", "admin.css", "stage.css", "icon.svg", "app.js", "live.js", "admin.js", "draft.js"];
    assert!(known.iter().all(|name| files.contains(&format!("/assets/{name}"))), "{files:?}");
    for address in &all {
        let (marked, now) = (venue.stranger().get(address), venue.stranger().get(&plain(address)));
        assert_eq!((marked.status, now.status), (200, 200), "{address}");
        assert!(!now.body.is_empty() && marked.body == now.body, "{address}");
        assert_eq!(marked.header("cache-control"), Some(GOOD), "{address}");
        assert_eq!(now.header("cache-control"), Some("no-cache"), "{address}");
        let kind = marked.header("content-type");
        let ending = address.rsplit('.').next().unwrap();
        let kinds = [("css", "text/css"), ("js", "javascript"), ("svg", "image/svg+xml")];
        let meant = kinds.iter().find(|(of, _)| *of == ending).unwrap().1;
        assert!(kind.is_some_and(|kind| kind.contains(meant)), "{address}: {kind:?}");
    }
}

#[test]
fn a_browser_that_has_a_file_is_told_so_in_a_word() {
    let venue = Venue::demo();
    let address = all_named(&venue).into_iter().find(|address| address.contains("style")).unwrap();
    for path in [address.clone(), plain(&address)] {
        let tag = venue.stranger().get(&path).header("etag").unwrap().to_owned();
        let ask = |known: &str| {
            let answer = venue.stranger().with("If-None-Match", known).get(&path);
            assert_eq!(answer.status == 304, answer.body.is_empty(), "{known}");
            assert_eq!(answer.header("etag"), Some(&*tag), "{known}");
            answer.status
        };
        let several = format!("\"other\", {tag}");
        let known = [&*tag, tag.trim_start_matches("W/"), &*several, "*"].map(ask);
        assert_eq!((known, ["\"other\"", "", "W/\"\""].map(ask)), ([304; 4], [200; 3]), "{path}");
    }
}

#[test]
fn a_page_read_before_an_update_finds_what_has_replaced_what_it_names() {
    let venue = Venue::demo();
    let ask = |path: &str| {
        let answer = venue.stranger().get(path);
        (answer.status, answer.header("location").map(str::to_owned), answer.header("cache-control").map(str::to_owned))
    };
    for file in ["style.css", "app.js", "icon.svg"] {
        let (stem, ending) = file.split_once('.').unwrap();
        for stale in ["0123456789abcdef", "of-another.edition"] {
            let (status, to, kept) = ask(&format!("/assets/{stem}.{stale}.{ending}"));
            assert_eq!((status, to), (303, Some(format!("/assets/{file}"))));
            assert!(kept.is_some_and(|kept| kept.contains("no-store")));
        }
    }
    let nothing =
        ["none.css", "style.js", "app/forms.js", "style.0123456789abcdef.js", "help/index.html", "stylecss", ""];
    for path in nothing {
        assert_eq!(ask(&format!("/assets/{path}")).0, 404, "{path}");
    }
}

#[test]
fn a_file_is_compressed_for_who_takes_it_so_and_is_the_same_as_it_is() {
    let venue = Venue::demo();
    for address in all_named(&venue) {
        let ask = |takes: &str| {
            let answer = venue.stranger().with("Accept-Encoding", takes).get(&address);
            assert_eq!(answer.header("vary"), Some("Accept-Encoding"), "{address}");
            answer
        };
        let (compressed, as_is) = (ask("gzip, deflate"), ask("gzip;q=0, *;q=0.5"));
        assert_eq!((compressed.header("content-encoding"), as_is.header("content-encoding")), (Some("gzip"), None));
        assert!(compressed.body == as_is.body, "{address}");
        let size = |method: &str, takes: &str| {
            let mut caller: Caller = venue.stranger().with("Accept-Encoding", takes);
            let answer = caller.call(method, &address, None);
            assert_eq!(answer.body.is_empty(), method == "HEAD", "{address}");
            answer.header("content-length").unwrap().parse::<usize>().unwrap()
        };
        assert_eq!((size("HEAD", "gzip"), size("HEAD", "")), (size("GET", "gzip"), as_is.body.len()), "{address}");
        assert!(size("GET", "gzip") < as_is.body.len(), "{address}");
    }
}
