//! What every answer of every route says of who may keep it, and by what it differs: read off the mounted routes.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::venue::{Caller, Venue, program};

const PATIENCE: Duration = Duration::from_secs(30);

/// Routes whose answers say something else, and what; all others are somebody's own and made for who asks.
const SAYS: [(&str, &str, &str); 6] = [
    ("GET /assets/<path..>", "no-cache", "Accept-Encoding"),
    ("GET /api/<_>/art/<id>", "private, max-age=604800, immutable", "Authorization, Cookie"),
    ("GET /api/<_>/live", "private, no-store, no-transform", "Accept, Accept-Encoding, Authorization, Cookie"),
    ("GET /api/<_>/party/live", "private, no-store, no-transform", "Accept, Accept-Encoding, Authorization, Cookie"),
    ("GET /api/<_>/display/live", "private, no-store, no-transform", "Accept, Accept-Encoding, Authorization, Cookie"),
    ("GET /api/<_>/helper/live", "private, no-store, no-transform", "Accept, Accept-Encoding, Authorization, Cookie"),
];
const OWN: (&str, &str) = ("private, no-store", "Accept, Accept-Encoding, Authorization, Cookie");

/// The demo behind a proxy, which says by what scheme the browser came.
fn venue() -> Venue {
    let dir = tempfile::tempdir().unwrap();
    let mut command = program();
    command.args(["demo", "--port", "0"]).env("TMPDIR", dir.path()).env("PARTYPLAYLIST_SERVER__BEHIND_PROXY", "true");
    Venue::start(command, dir)
}

/// Status and headers of an answer, whose body may have no end.
fn head(venue: &Venue, method: &str, path: &str, caller: Option<&Caller>) -> (u16, Vec<(String, String)>) {
    let mut socket = TcpStream::connect(("127.0.0.1", venue.port())).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = caller.map_or_else(String::new, |caller| {
        let cookies = caller.cookies.iter().map(|(_, name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let bearer =
            caller.token.as_ref().map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        format!("{bearer}Cookie: {}\r\n", cookies.join("; "))
    });
    let (origin, body) = (&venue.base, if method == "GET" { "" } else { "{}" });
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOrigin: {origin}\r\nX-Forwarded-Proto: https\r\n{own}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        venue.port(),
        body.len(),
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut lines = BufReader::new(socket).lines().map(Result::unwrap);
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_lowercase(), value.to_owned()))
    });
    (status, headers.collect())
}

/// Whether a request that is understood ends a sign-in, a night or more: such are asked last.
fn is_last(route: &str) -> bool {
    route.starts_with("DELETE") || ["logout", "/end", "password"].iter().any(|end| route.contains(end))
}

#[test]
fn no_answer_of_any_route_to_anybody_is_kept_for_somebody_else_or_read_without_tls_again() {
    let venue = venue();
    let mut dj = venue.host("johnsmith");
    let admin = venue.host("admin");
    let (guest, screen, helper) = (venue.guest("johnsmith"), venue.screen("johnsmith"), venue.helper("johnsmith"));
    let everybody = [None, Some(&guest), Some(&screen), Some(&helper), Some(&dj.clone()), Some(&admin)];
    let asked = dj.get("/api/johnsmith/requests").json()["requests"][0]["id"].as_str().unwrap().to_owned();
    let found = dj.get("/api/johnsmith/search?q=neon").json()["tracks"].as_array().unwrap().clone();
    let art = found.iter().find_map(|track| track["art"].as_str()).unwrap().to_owned();
    let mut routes = partyplaylist::web::routes();
    routes.sort_by_key(|route| {
        let name = format!("{} {}", route.method, route.uri.path());
        (route.method.as_str() != "GET", is_last(&name), name)
    });
    let (mut faults, mut opened, mut met) = (Vec::new(), [0; 6], BTreeSet::new());
    for route in routes {
        let name = format!("{} {}", route.method, route.uri.path());
        let path = route.uri.path().replace("/api/<_>/art/<id>", &art).replace("<path..>", "style.css");
        let path = path.replace("<_>", "johnsmith").replace("<id>", &asked).replace("<name>", &asked);
        for (who, caller) in everybody.into_iter().enumerate() {
            let (status, headers) = head(&venue, route.method.as_str(), &path, caller);
            let of = |name: &str| {
                let values: Vec<&str> =
                    headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
                values.join(" | ")
            };
            let is_good = status < 300 || status == 304;
            let own = SAYS.iter().find(|(of, ..)| is_good && *of == name);
            met.extend(own.map(|(of, ..)| *of));
            let (kept, varies) = own.map_or(OWN, |(_, kept, varies)| (kept, varies));
            let told = (of("cache-control"), of("vary"), of("strict-transport-security"));
            if told != (kept.into(), varies.into(), "max-age=31536000".into()) {
                faults.push(format!("{name} {status}: {told:?}"));
            }
            opened[who] += usize::from(is_good || status == 303);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(met, SAYS.iter().map(|(of, ..)| *of).collect(), "a route that says something else was never answered");
    println!("opened to a stranger, a guest, a TV, a helper, a DJ, an owner: {opened:?}");
    assert!(opened.iter().zip([6, 10, 8, 8, 40, 15]).all(|(opened, least)| *opened >= least), "{opened:?}");
    for nowhere in ["/nothing/here", "/api/nothing", "//johnsmith/admin/overview", "/assets/none.css"] {
        let (_, headers) = head(&venue, "GET", nowhere, None);
        let kept = headers.iter().find(|(name, _)| name == "cache-control").map(|(_, value)| value.as_str());
        assert_eq!(kept, Some(OWN.0), "{nowhere}");
    }
    let plain = venue.stranger().get("/login");
    assert_eq!(plain.header("strict-transport-security"), None, "a browser would not come back over plain HTTP");
}
