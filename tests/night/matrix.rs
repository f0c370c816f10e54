//! Every call by everyone: who may, and who is told what.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::venue::{Caller, Venue};

/// Whom a call of a DJ's rows is for.
#[derive(Clone, Copy, PartialEq, Debug)]
enum For {
    Host,
    Guest,
    Screen,
    Helper,
    /// Host or helper.
    Decider,
    GuestAndHost,
    Inside,
    Operator,
    /// Anybody signed in, or anybody at all: tried elsewhere, by name.
    Open,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Who {
    Stranger,
    Owner,
    OtherDj,
    Guest,
    OthersGuest,
    Screen,
    OthersScreen,
    Helper,
    OthersHelper,
    Operator,
}

const EVERYONE: [Who; 10] = [
    Who::Stranger,
    Who::OtherDj,
    Who::OthersGuest,
    Who::OthersScreen,
    Who::OthersHelper,
    Who::Screen,
    Who::Helper,
    Who::Guest,
    Who::Operator,
    Who::Owner,
];

/// Every mounted route, with whom it is for and what it lets them do, in the manual's words; a route that is missing
/// here fails the test by name.
const DOORS: &[(For, &str, &[&str])] = &[
    (For::Guest, "See the party, and hear what is new", &["GET /api/<_>/party", "GET /api/<_>/party/live"]),
    (For::Inside, "See covers", &["GET /api/<_>/art/<id>"]),
    (For::GuestAndHost, "Ask for a song, look for one", &["POST /api/<_>/requests", "GET /api/<_>/search"]),
    (
        For::Guest,
        "Vote, take a vote back, take a wish of their own back",
        &[
            "POST /api/<_>/requests/<id>/vote",
            "DELETE /api/<_>/requests/<id>/vote",
            "POST /api/<_>/requests/<id>/withdraw",
        ],
    ),
    (For::Inside, "Know what plays", &["GET /api/<_>/playback"]),
    (
        For::Screen,
        "Show the screen's page, and give a sign of life",
        &["GET /api/<_>/display/live", "GET /api/<_>/display/alive"],
    ),
    (
        For::Helper,
        "See what waits for a decision, with names and notes, by a helper's link",
        &["GET /api/<_>/helper/live"],
    ),
    (
        For::Decider,
        "Approve and reject wishes, and take that back",
        &[
            "POST /api/<_>/requests/<id>/approve",
            "POST /api/<_>/requests/<id>/reject",
            "POST /api/<_>/requests/<id>/undo",
        ],
    ),
    (
        For::Host,
        "See all wishes, with names and notes",
        &[
            "GET /<_>/admin",
            "GET /<_>/admin/overview",
            "GET /<_>/admin/requests",
            "GET /<_>/admin/queue",
            "GET /api/<_>/requests",
            "GET /api/<_>/live",
        ],
    ),
    (
        For::Host,
        "Say what plays, put songs in order, bring back, delete",
        &[
            "POST /api/<_>/requests/<id>/playing",
            "POST /api/<_>/requests/<id>/played",
            "POST /api/<_>/requests/<id>/retry",
            "POST /api/<_>/requests/<id>/play-next",
            "POST /api/<_>/requests/<id>/match",
            "DELETE /api/<_>/requests/<id>",
            "POST /api/<_>/waiting/clear",
            "POST /api/<_>/waiting/undo",
            "PUT /api/<_>/queue",
            "PUT /api/<_>/playback/manual",
            "PUT /api/<_>/playback/source",
        ],
    ),
    (
        For::Host,
        "Start, pause and end the night; PIN, QR code, poster",
        &[
            "GET /<_>/admin/poster",
            "GET /api/<_>/event",
            "POST /api/<_>/event",
            "PATCH /api/<_>/event",
            "POST /api/<_>/event/end",
            "POST /api/<_>/event/qr",
            "POST /api/<_>/event/pin",
            "GET /api/<_>/event/qr.svg",
            "GET /api/<_>/event/qr.png",
        ],
    ),
    (
        For::Host,
        "Set the house rules, mute guests",
        &[
            "GET /<_>/admin/settings",
            "GET /api/<_>/settings",
            "PUT /api/<_>/settings",
            "POST /api/<_>/guests/<id>/mute",
            "POST /api/<_>/guests/<id>/unmute",
        ],
    ),
    (
        For::Host,
        "Let in and send away screens and helpers",
        &[
            "POST /api/<_>/screens",
            "GET /api/<_>/screens",
            "DELETE /api/<_>/screens/<id>",
            "POST /api/<_>/screens/<id>/reload",
            "GET /<_>/admin/screens/<id>",
            "GET /api/<_>/helpers",
            "POST /api/<_>/helpers",
            "DELETE /api/<_>/helpers/<id>",
            "GET /<_>/admin/helpers/<id>",
        ],
    ),
    (
        For::Host,
        "Read the history, and who was on these pages",
        &[
            "GET /<_>/admin/history",
            "GET /<_>/admin/history/<id>",
            "GET /<_>/admin/audit",
            "GET /api/<_>/audit",
            "GET /api/<_>/events",
            "GET /api/<_>/events/<name>",
        ],
    ),
    (
        For::Host,
        "Connect Spotify, look at it, disconnect it",
        &[
            "GET /<_>/admin/spotify",
            "GET /api/<_>/spotify",
            "PUT /api/<_>/spotify/app",
            "POST /api/<_>/spotify/connect",
            "POST /api/<_>/spotify/finish",
            "DELETE /api/<_>/spotify",
            "POST /api/<_>/spotify/doctor",
            "GET /api/<_>/devices",
            "POST /api/<_>/devices",
        ],
    ),
    (
        For::Host,
        "Steer the player: play, pause, next, volume, device",
        &[
            "POST /api/<_>/playback/play",
            "POST /api/<_>/playback/pause",
            "POST /api/<_>/playback/next",
            "PUT /api/<_>/playback/device",
            "PUT /api/<_>/playback/volume",
        ],
    ),
    (
        For::Operator,
        "Make, suspend and delete accounts, set new passwords",
        &[
            "GET /superadmin",
            "GET /superadmin/dashboard",
            "GET /superadmin/users",
            "GET /superadmin/users/new",
            "GET /api/superadmin/users",
            "POST /api/superadmin/users",
            "PATCH /api/superadmin/users/<id>",
            "DELETE /api/superadmin/users/<id>",
        ],
    ),
    (For::Operator, "Choose where QR codes lead", &["GET /api/superadmin/address", "PUT /api/superadmin/address"]),
    (For::Operator, "Download a backup", &["GET /api/superadmin/backup"]),
    (For::Operator, "Read the record of the whole box", &["GET /superadmin/audit", "GET /api/superadmin/audit"]),
    (
        For::Open,
        "",
        &[
            "GET /",
            "GET /help",
            "GET /assets/<path..>",
            "GET /login",
            "GET /logout",
            "GET /setup",
            "GET /metrics",
            "GET /account",
            "GET /spotify/callback",
            "GET /api/health",
            "GET /api/me",
            "GET /api/me/sessions",
            "DELETE /api/me/sessions",
            "DELETE /api/me/sessions/<id>",
            "POST /api/me/renew",
            "PUT /api/me/password",
            "POST /api/login",
            "POST /api/logout",
            "POST /api/setup",
            "GET /<_>",
            "GET /<_>/display",
            "GET /<_>/helper",
            "POST /api/<_>/join",
            "POST /api/<_>/login",
        ],
    ),
];

/// Whom each mounted route is for.
fn doors() -> BTreeMap<&'static str, For> {
    let pairs = DOORS.iter().flat_map(|(to, _, routes)| routes.iter().map(|route| (*route, *to)));
    let all: BTreeMap<_, _> = pairs.clone().collect();
    assert_eq!(all.len(), pairs.count(), "a route is written twice");
    all
}

/// The manual's table of who may do what.
fn roles_page() -> String {
    let columns = [Who::Guest, Who::Helper, Who::Screen, Who::Owner, Who::Operator];
    let row = |(door, words, _): &(For, &str, &[&str])| {
        let cell = |who| if verdict(*door, who).is_none() { "<td class=\"may\">yes</td>" } else { "<td></td>" };
        let cells: String = columns.into_iter().map(cell).collect();
        format!("    <tr><th scope=\"row\">{words}</th>{cells}</tr>\n")
    };
    let rows = DOORS.iter().filter(|(door, ..)| *door != For::Open).map(row).collect::<Vec<_>>().concat();
    format!(
        "<h2>Who may do what</h2>\n<p>A DJ may do it on their own pages only, a super admin on everybody's: each visit is written down, and the DJ can read it. Everyone else is refused, and DJs who try are written down too.</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Who may do what\"><table class=\"roles\">\n  <thead><tr><td></td><th>Guest</th><th>Helper</th><th>Screen</th><th>DJ</th><th>Super admin</th></tr></thead>\n  <tbody>\n{rows}  </tbody>\n</table></div>\n"
    )
}

/// With `REWRITE=1` the page is written anew.
#[test]
fn the_manual_says_of_each_role_what_the_doors_say() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/help/roles.html");
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(file, roles_page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap_or_default(), roles_page(), "run it once with REWRITE=1");
    let help = Venue::by_hand().stranger().get("/help").body;
    assert!(help.contains("Who may do what"));
}

/// What somebody is told at a door: nothing when it opens, else status and code.
fn verdict(door: For, who: Who) -> Option<(u16, &'static str)> {
    let signed_out = Some((401, "not_signed_in"));
    match (door, who) {
        (For::Host, Who::Owner | Who::Operator)
        | (For::Guest, Who::Guest)
        | (For::Screen, Who::Screen)
        | (For::Helper, Who::Helper)
        | (For::Decider, Who::Helper | Who::Owner | Who::Operator)
        | (For::GuestAndHost, Who::Guest | Who::Owner | Who::Operator)
        | (For::Inside, Who::Guest | Who::Screen | Who::Helper | Who::Owner | Who::Operator)
        | (For::Operator, Who::Operator)
        | (For::Open, _) => None,
        (For::Host | For::Decider | For::GuestAndHost | For::Inside, Who::OtherDj) => Some((403, "not_owner")),
        (For::Operator, Who::Owner | Who::OtherDj) => Some((403, "not_superadmin")),
        (For::Guest, _) | (For::GuestAndHost, Who::Screen | Who::Helper) => Some((401, "not_joined")),
        (For::Screen, _) => Some((401, "dead_screen")),
        (For::Helper, _) => Some((401, "dead_helper")),
        _ => signed_out,
    }
}

/// A body the call would take, so that only the guard can refuse.
fn body(route: &str) -> Value {
    match route {
        "POST /api/<_>/event" => json!({ "name": "Taken over" }),
        "PATCH /api/<_>/event" => json!({ "name": "Renamed" }),
        "PUT /api/<_>/queue" => json!({ "order": [], "version": 1 }),
        "POST /api/<_>/requests/<id>/match" => json!({ "by_hand": true }),
        "PUT /api/<_>/playback/manual" => json!({ "title": "Mine", "artist": "Now" }),
        "PUT /api/<_>/settings" => json!({ "auto_approve": true }),
        "POST /api/<_>/requests" => json!({ "title": "Planted", "artist": "Somebody" }),
        "PUT /api/<_>/playback/device" => json!({ "device_id": "johnsmith-laptop" }),
        "PUT /api/<_>/playback/volume" => json!({ "percent": 30 }),
        "PUT /api/<_>/spotify/app" => json!({ "client_id": "0123456789abcdef0123456789abcdef" }),
        "POST /api/<_>/spotify/finish" => json!({ "url": "http://127.0.0.1/spotify/callback?code=a&state=b" }),
        "POST /api/<_>/helpers" => json!({ "name": "Planted" }),
        "POST /api/superadmin/users" => json!({ "username": "planted", "password": "longenough" }),
        "PATCH /api/superadmin/users/<id>" => json!({ "status": "suspended" }),
        _ => json!({}),
    }
}

fn path(route: &str, venue: &Venue, whose: &str) -> String {
    let (_, path) = route.split_once(' ').unwrap();
    let rows = venue.rows();
    let one = |table: &str| -> String {
        let sql = format!(
            "SELECT id FROM {table} WHERE user_id = (SELECT id FROM users WHERE username = ?1) ORDER BY id DESC"
        );
        rows.query_row(&sql, [whose], |row| row.get(0))
            .unwrap_or_else(|_| "01a207b0-1768-71d0-82f6-0e03fb7ce98d".into())
    };
    let id = match route {
        _ if path.contains("/requests/") => one("requests"),
        _ if path.contains("/art/") => one("covers"),
        _ if path.contains("/screens/") => one("display_tokens"),
        _ if path.contains("/helpers/") => one("helpers"),
        _ if path.contains("/guests/") => one("guests"),
        _ if path.contains("superadmin") => {
            rows.query_row("SELECT id FROM users WHERE username = ?1", [whose], |row| row.get(0)).unwrap()
        }
        _ => one("events"),
    };
    let path = path.replace("<_>", "johnsmith").replace("<id>", &id).replace("<name>", &id);
    if path.ends_with("/search") { path + "?q=blue" } else { path }
}

/// Somebody with every pass they own sent everywhere, as no browser would.
fn pushy(mut caller: Caller) -> Caller {
    for (under, ..) in &mut caller.cookies {
        "/".clone_into(under);
    }
    caller.with("Accept", "application/json")
}

fn who(venue: &Venue, who: Who) -> Caller {
    pushy(match who {
        Who::Stranger => venue.stranger(),
        Who::Owner => venue.host("johnsmith"),
        Who::OtherDj => venue.host("janedoe"),
        Who::Guest => venue.guest("johnsmith"),
        Who::OthersGuest => venue.guest("janedoe"),
        Who::Screen => venue.screen("johnsmith"),
        Who::OthersScreen => venue.screen("janedoe"),
        Who::Helper => venue.helper("johnsmith"),
        Who::OthersHelper => venue.helper("janedoe"),
        Who::Operator => venue.host("admin"),
    })
}

fn is_stream(route: &str) -> bool {
    route.ends_with("/live")
}

#[test]
fn every_route_has_its_place_in_the_matrix() {
    let mounted: BTreeSet<String> =
        partyplaylist::web::routes().iter().map(|route| format!("{} {}", route.method, route.uri.path())).collect();
    let written: BTreeSet<String> = doors().keys().map(|route| (*route).to_owned()).collect();
    assert_eq!(mounted, written);
}

#[test]
fn nobody_gets_through_a_door_that_is_not_theirs_and_no_row_changes() {
    let venue = Venue::by_hand();
    let everyone: Vec<(Who, Caller)> = EVERYONE.iter().map(|one| (*one, who(&venue, *one))).collect();
    let before = ["johnsmith", "janedoe", "testdj", "admin"].map(|dj| venue.belongings(dj));
    let mut tried = 0;
    for (route, door) in doors() {
        for (who, caller) in &everyone {
            let Some((status, code)) = verdict(door, *who) else { continue };
            let method = route.split_once(' ').unwrap().0;
            let text = (method != "GET").then(|| ("application/json", body(route).to_string().into_bytes()));
            let answer = caller.clone().call(method, &path(route, &venue, "johnsmith"), text);
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{who:?} at {route}");
            tried += 1;
        }
    }
    assert_eq!(["johnsmith", "janedoe", "testdj", "admin"].map(|dj| venue.belongings(dj)), before);
    let refused: i64 =
        venue.rows().query_row("SELECT sum(count) FROM audit WHERE outcome = 'refused'", [], |row| row.get(0)).unwrap();
    println!("{tried} attempts across {} routes refused, {refused} of them by name in the audit log", doors().len());
    let by_name = EVERYONE
        .iter()
        .flat_map(|who| doors().into_values().filter_map(|door| verdict(door, *who)))
        .filter(|(_, code)| code.starts_with("not_owner") || code.starts_with("not_superadmin"))
        .count();
    assert_eq!(usize::try_from(refused).unwrap(), by_name, "each attempt by a DJ across a border is written down");
}

#[test]
fn everybody_gets_through_their_own_doors_and_no_other_tenant_notices() {
    for one in EVERYONE {
        let venue = Venue::by_hand();
        venue.screen("johnsmith");
        venue.helper("johnsmith");
        let caller = who(&venue, one);
        let before = ["janedoe", "testdj"].map(|dj| venue.belongings(dj));
        let mut routes: Vec<_> =
            doors().into_iter().filter(|(_, door)| *door != For::Open && verdict(*door, one).is_none()).collect();
        // What ends the night comes last; what ends the account is not for this test.
        routes.retain(|(route, _)| *route != "DELETE /api/superadmin/users/<id>");
        routes.sort_by_key(|(route, _)| route.contains("event/end"));
        for (route, _) in routes {
            let whose = if route.contains("superadmin") { "admin" } else { "johnsmith" };
            let path = path(route, &venue, whose);
            if is_stream(route) {
                caller.listen(&path);
                continue;
            }
            let method = route.split_once(' ').unwrap().0;
            let text = (method != "GET").then(|| ("application/json", body(route).to_string().into_bytes()));
            let answer = caller.clone().call(method, &path, text);
            let opened = matches!(answer.status, 200..=399 | 404 | 409 | 422);
            assert!(opened, "{one:?} at {route}: {} {}", answer.status, answer.body);
        }
        assert_eq!(["janedoe", "testdj"].map(|dj| venue.belongings(dj)), before, "{one:?}");
    }
}

#[test]
fn a_foreign_id_under_ones_own_path_is_not_there() {
    let venue = Venue::by_hand();
    venue.screen("janedoe");
    venue.helper("janedoe");
    let (mut owner, guest) = (pushy(venue.host("johnsmith")), pushy(venue.guest("johnsmith")));
    let before = venue.belongings("janedoe");
    let mut tried = 0;
    for (route, door) in doors()
        .into_iter()
        .filter(|(route, _)| route.contains("<_>") && (route.contains("<id>") || route.contains("<name>")))
    {
        let path = path(route, &venue, "janedoe");
        let method = route.split_once(' ').unwrap().0;
        let text = (method != "GET").then(|| ("application/json", b"{}".to_vec()));
        let caller = if door == For::Guest { &mut guest.clone() } else { &mut owner };
        let answer = caller.call(method, &path, text);
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{route}");
        tried += 1;
    }
    assert!(tried >= 12, "{tried}");
    assert_eq!(venue.belongings("janedoe"), before);
}
