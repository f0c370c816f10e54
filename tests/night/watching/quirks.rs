//! Every oddity of Spotify, while a DJ is idle, playing and handing over: that DJ's state is right and named, the
//! others' nights are identical to those without it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use partyplaylist::domain::Status;
use partyplaylist::spotify::simulator::{AppRules, Button, Change, Device, Trouble};

use super::hall::{Hall, uri};

const ADD: &str = "POST /me/player/queue";
const LOOK: &str = "GET /me/player";

/// What goes wrong, how it ends, and how the DJ's connection stands meanwhile: idle, playing, handing over.
struct Quirk {
    name: &'static str,
    strike: fn(&mut Hall),
    heal: fn(&mut Hall),
    health: [&'static str; 3],
    /// Seconds after which, at the latest, the night goes on by itself.
    recovers: i64,
}

fn healed(hall: &mut Hall) {
    hall.sim.heal();
}

fn nothing(_: &mut Hall) {}

fn broken(hall: &mut Hall, call: &str, trouble: Trouble) {
    hall.fault(0, call, (trouble, false), None);
}

fn app(hall: &mut Hall, rules: AppRules) {
    hall.sim.set_app(&hall.djs[0].client_id.clone(), rules);
}

fn laptop(is_asleep: bool, is_restricted: bool) -> Change {
    let (id, is_active) = ("dj000-laptop".into(), true);
    Change::Device(Device { id, is_active, is_asleep, is_restricted, ..Device::default() })
}

const QUIRKS: &[Quirk] = &[
    Quirk { name: "nothing at all", strike: nothing, heal: nothing, health: ["no_device", "ok", "ok"], recovers: 0 },
    Quirk {
        name: "the access token expires",
        strike: |hall| hall.change(0, Change::ExpireAccess),
        heal: nothing,
        health: ["no_device", "ok", "ok"],
        recovers: 0,
    },
    Quirk {
        name: "each refresh brings a new refresh token",
        strike: |hall| {
            app(hall, AppRules { rotates: true, ..AppRules::default() });
            hall.change(0, Change::ExpireAccess);
        },
        heal: |hall| hall.change(0, Change::ExpireAccess),
        health: ["no_device", "ok", "ok"],
        recovers: 0,
    },
    Quirk {
        name: "the consent is taken back",
        strike: |hall| hall.change(0, Change::Revoke),
        heal: |hall| hall.connect(0),
        health: ["reconnect"; 3],
        recovers: 0,
    },
    Quirk {
        name: "a queued song is answered with a text",
        strike: |hall| hall.change(0, Change::QueueAnswersText(true)),
        heal: |hall| hall.change(0, Change::QueueAnswersText(false)),
        health: ["no_device", "ok", "ok"],
        recovers: 0,
    },
    Quirk {
        name: "the queue does not show itself",
        strike: |hall| hall.change(0, Change::QueueIsSilent(true)),
        heal: nothing,
        health: ["no_device", "ok", "ok"],
        recovers: 0,
    },
    Quirk {
        name: "204 where something plays",
        strike: |hall| broken(hall, LOOK, Trouble::Empty),
        heal: healed,
        health: ["no_device"; 3],
        recovers: 300,
    },
    Quirk {
        name: "a private session",
        strike: |hall| hall.change(0, Change::PrivateSession(true)),
        heal: |hall| hall.change(0, Change::PrivateSession(false)),
        health: ["no_device"; 3],
        recovers: 300,
    },
    Quirk {
        name: "an advert",
        strike: |hall| hall.change(0, Change::Advert(30_000)),
        heal: nothing,
        health: ["ok"; 3],
        recovers: 0,
    },
    Quirk {
        name: "whatever may be null is",
        strike: |hall| hall.change(0, Change::NullFields(true)),
        heal: |hall| hall.change(0, Change::NullFields(false)),
        health: ["no_device", "ok", "ok"],
        recovers: 60,
    },
    Quirk {
        name: "a sleeping phone answers 500",
        strike: |hall| hall.change(0, laptop(true, false)),
        heal: |hall| hall.change(0, laptop(false, false)),
        health: ["no_device", "ok", "ok"],
        recovers: 0,
    },
    Quirk {
        name: "a device that takes no commands",
        strike: |hall| hall.change(0, laptop(false, true)),
        heal: |hall| hall.change(0, laptop(false, false)),
        health: ["no_device", "no_device", "unavailable"],
        recovers: 120,
    },
    Quirk {
        name: "a frozen player",
        strike: |hall| hall.change(0, Change::Frozen(true)),
        heal: |hall| hall.change(0, Change::Frozen(false)),
        health: ["no_device", "no_device", "ok"],
        recovers: 300,
    },
    Quirk {
        name: "no device is active",
        strike: |hall| broken(hall, ADD, Trouble::NoActiveDevice),
        heal: healed,
        health: ["no_device", "ok", "no_device"],
        recovers: 30,
    },
    Quirk {
        name: "a 404 that names nothing",
        strike: |hall| broken(hall, ADD, Trouble::Nowhere),
        heal: healed,
        health: ["no_device", "ok", "unavailable"],
        recovers: 30,
    },
    Quirk {
        name: "an account without Premium",
        strike: |hall| hall.change(0, Change::Premium(false)),
        heal: |hall| hall.change(0, Change::Premium(true)),
        health: ["no_device", "ok", "not_premium"],
        recovers: 3600,
    },
    Quirk {
        name: "not registered in the dashboard",
        strike: |hall| broken(hall, "", Trouble::NotRegistered),
        heal: healed,
        health: ["unavailable"; 3],
        recovers: 3600,
    },
    Quirk {
        name: "the app's owner has no Premium",
        strike: |hall| app(hall, AppRules { owner_has_premium: false, ..AppRules::default() }),
        heal: |hall| app(hall, AppRules::default()),
        health: ["unavailable"; 3],
        recovers: 3600,
    },
    Quirk {
        name: "429 for a few seconds",
        strike: |hall| broken(hall, "", Trouble::TooMany(11)),
        heal: healed,
        health: ["rate_limited"; 3],
        recovers: 11,
    },
    Quirk {
        name: "the day's quota is used up",
        strike: |hall| hall.sim.exhaust(&hall.djs[0].client_id.clone(), 3000),
        heal: nothing,
        health: ["quota"; 3],
        recovers: 3000,
    },
    Quirk {
        name: "502 for every call",
        strike: |hall| broken(hall, "", Trouble::Broken(502)),
        heal: healed,
        health: ["unavailable"; 3],
        recovers: 300,
    },
    Quirk {
        name: "503 for every call, after its effect",
        strike: |hall| hall.fault(0, "", (Trouble::Broken(503), true), None),
        heal: healed,
        health: ["unavailable"; 3],
        recovers: 300,
    },
    Quirk {
        name: "a text instead of JSON",
        strike: |hall| broken(hall, "", Trouble::Text),
        heal: healed,
        health: ["unavailable"; 3],
        recovers: 300,
    },
    Quirk {
        name: "connections end without an answer",
        strike: |hall| broken(hall, "", Trouble::Drop),
        heal: healed,
        health: ["unavailable"; 3],
        recovers: 300,
    },
    Quirk {
        name: "connections end after the effect",
        strike: |hall| hall.fault(0, "", (Trouble::Drop, true), None),
        heal: healed,
        health: ["unavailable"; 3],
        recovers: 300,
    },
    Quirk {
        name: "an answer that comes too late",
        strike: |hall| hall.fault(0, ADD, (Trouble::Slow(2_500), true), Some(1)),
        heal: nothing,
        health: ["no_device", "ok", "ok"],
        recovers: 30,
    },
    Quirk {
        name: "another recording plays in its place",
        strike: |hall| {
            hall.change(0, Change::Relink { from: uri(11), to: "spotify:track:twin000000000000000011".into() });
        },
        heal: nothing,
        health: ["no_device", "ok", "ok"],
        recovers: 0,
    },
    Quirk {
        name: "songs are mixed into each other",
        strike: |hall| hall.change(0, Change::Automix(8_000)),
        heal: nothing,
        health: ["no_device", "ok", "ok"],
        recovers: 0,
    },
];

const PHASES: [&str; 3] = ["idle", "playing", "handing over"];

/// Everything the other DJs lived through, as text.
fn lives(hall: &mut Hall, wishes: &[Vec<partyplaylist::domain::RequestId>]) -> String {
    let mut told = String::new();
    for (n, ids) in wishes.iter().enumerate().skip(1) {
        let playback = hall.playback(n);
        let title = playback.track.map(|track| track.title);
        let (health, progress) = (playback.health.as_str(), playback.progress_ms);
        let statuses = hall.statuses(n, ids);
        let seen = hall.seen(n);
        writeln!(told, "{n} {title:?} {progress:?} {health} {statuses:?} {:?} {:?}", seen.queued, seen.calls).unwrap();
    }
    told
}

struct Night {
    others: String,
    health: String,
    statuses: Vec<Status>,
    heard: Vec<String>,
    added: usize,
}

fn night(quirk: &Quirk, phase: usize) -> Night {
    let mut hall = Hall::of(3);
    // One of them has a twin to be relinked to.
    let wishes: Vec<_> = (0..3).map(|n| hall.ask(n, [11, 30 + n, 45 + n])).collect();
    let mut others = String::new();
    match phase {
        0 => {
            hall.change(0, Change::Press(Button::Pause));
            hall.pass(185);
        }
        1 => hall.pass(62),
        // The first song lasts 214 s, and its end is 20 s away in a second.
        _ => hall.pass(193),
    }
    (quirk.strike)(&mut hall);
    hall.pass(if phase == 2 { 8 } else { 100 });
    let health = hall.health(0);
    for _ in 0..10 {
        hall.pass(15);
        others += &lives(&mut hall, &wishes);
    }
    (quirk.heal)(&mut hall);
    if phase == 0 {
        hall.change(0, Change::Press(Button::Play));
    }
    let rest = quirk.recovers + 1500;
    for _ in 0..rest / 240 {
        hall.pass(240);
        others += &lives(&mut hall, &wishes);
    }
    let statuses = hall.statuses(0, &wishes[0]);
    Night { others, health, statuses, heard: hall.heard(0), added: hall.seen(0).added.len() }
}

/// Every oddity in one phase, beside a night without it.
fn every_oddity_while(phase: usize) {
    let mut calm = BTreeMap::new();
    for quirk in QUIRKS {
        let now = night(quirk, phase);
        println!("{:40} {:12} {:12}  each once, in order", quirk.name, PHASES[phase], now.health);
        let words = format!("{} while {}", quirk.name, PHASES[phase]);
        assert_eq!(now.health, quirk.health[phase], "{words}");
        let wanted: Vec<String> = [11, 30, 45].map(uri).into();
        assert_eq!(now.heard, wanted, "{words}");
        assert_eq!(now.added, 3, "{words}");
        assert_eq!(now.statuses, [Status::Played; 3], "{words}");
        let quiet = Quirk { strike: nothing, heal: nothing, ..*quirk };
        let calm = calm.entry(quirk.recovers).or_insert_with(|| night(&quiet, phase).others);
        assert_eq!(now.others, *calm, "{words}: somebody else noticed");
    }
}

#[test]
fn every_oddity_while_a_dj_is_idle_is_named_and_touches_nobody_else() {
    every_oddity_while(0);
}

#[test]
fn every_oddity_while_a_dj_plays_is_named_and_touches_nobody_else() {
    every_oddity_while(1);
}

#[test]
fn every_oddity_while_a_song_is_handed_over_is_named_and_touches_nobody_else() {
    every_oddity_while(2);
}
