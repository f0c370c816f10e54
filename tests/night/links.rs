//! Links in the place of songs: whatever is pasted wherever, it becomes a song or a sentence, and never a title.

use partyplaylist::domain::Link;
use partyplaylist::spotify::simulator::Simulator;
use serde_json::{Value, json};

use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::connecting::{APPS, connect, open};
use crate::songs::{lines, unescaped};
use crate::venue::{Answer, Caller, Venue, percent};

const ID: &str = "4uLU6hMCjMI75M1A2tKUQC";
/// Nachtschicht by Kellerkind.
const SONG: &str = "https://open.spotify.com/intl-de/track/song000000000000000029?si=abc";
const ALBUM: &str = "https://open.spotify.com/album/1DFixLWuPkv3KT3TnV35m3";
const FILM: &str = "https://youtu.be/dQw4w9WgXcQ";

/// Where a line of the table says that its text leads.
fn leads(to: &str, link: Option<&Link>) -> bool {
    match link {
        None => to == "none",
        Some(Link::Track(id)) => to == "track" && id == ID,
        Some(Link::Short) => to == "short",
        Some(Link::Site) => to == "site",
        Some(Link::Service(name)) => to == *name,
        Some(Link::Spotify(what)) => what.starts_with(to),
    }
}

#[test]
fn a_hundred_shapes_of_links_are_known_and_no_title_is_taken_for_one() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for line in lines(include_str!("links.txt")) {
        let [to, text, _why] = line.split(" | ").collect::<Vec<_>>().try_into().expect(line);
        let link = Link::read(&unescaped(text));
        seen += usize::from(link.is_some());
        if !leads(to, link.as_ref()) {
            wrong.push(format!("{line}: {link:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 100, "{seen}");
}

/// A box whose John is connected and has a night under way.
fn party() -> (Venue, Simulator, Caller) {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    let free = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0 });
    assert_eq!(john.put("/api/johnsmith/settings", &free).status, 200);
    (venue, spotify, john)
}

fn ask(who: &mut Caller, title: &str, artist: &str) -> Answer {
    who.post("/api/johnsmith/requests", &json!({ "title": title, "artist": artist }))
}

/// What is said about a field.
fn said(answer: &Answer, field: &str) -> String {
    assert_eq!((answer.status, answer.code().as_str()), (422, "invalid"), "{}", answer.body);
    answer.json()["error"]["fields"][field].as_str().unwrap_or_default().to_owned()
}

fn titles(venue: &Venue) -> Vec<String> {
    let rows = venue.rows();
    let mut statement = rows.prepare("SELECT title || ' ' || artist FROM requests").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_videos_address_is_no_song_in_any_field_of_anybody() {
    let (venue, _spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    for who in [&mut guest, &mut john] {
        assert!(said(&ask(who, FILM, "Rick"), "title").contains("YouTube"));
        assert!(said(&ask(who, "Never Gonna", FILM), "artist").contains("YouTube"));
        assert!(said(&ask(who, ALBUM, ""), "title").contains("an album"));
        let both = ask(who, "https://spotify.link/abc", "https://example.com/a");
        assert!(said(&both, "title").contains("short link") && said(&both, "artist").contains("an address"));
        let searched = who.get(&format!("/api/johnsmith/search?q={}", percent(FILM)));
        assert!(said(&searched, "q").contains("YouTube"));
    }
    let note = json!({ "title": "A", "artist": "B", "note": SONG, "nickname": "spotify:track:song01" });
    let noted = guest.post("/api/johnsmith/requests", &note);
    assert!(said(&noted, "note").contains("links") && said(&noted, "nickname").contains("links"));
    let announced = john.put("/api/johnsmith/playback/manual", &json!({ "title": FILM, "artist": "Rick" }));
    assert!(said(&announced, "title").contains("YouTube"));
    assert_eq!(titles(&venue), Vec::<String>::new());
    for name in ["will.i.am", "Monster.exe", "www.memory"] {
        assert_eq!(ask(&mut guest, name, "St. Elmo").status, 201, "{name}");
    }
}

#[test]
fn a_link_to_a_song_becomes_it_wherever_it_is_pasted_and_whatever_stands_around_it() {
    let (venue, spotify, mut john) = party();
    let long = format!("Listen to this one, everybody, it is {} on Spotify! {SONG}", "really ".repeat(40));
    let track_uri = json!({ "title": "x", "artist": "y", "track_uri": SONG });
    for (title, artist) in [(SONG, ""), ("Nachtschicht", SONG), (&long, "Kellerkind"), ("", SONG)] {
        let mut guest = venue.guest_of("johnsmith", &mut john);
        let asked = ask(&mut guest, title, artist);
        assert!([200, 201].contains(&asked.status), "{title}: {}", asked.body);
        assert_eq!(asked.json()["request"]["title"], "Nachtschicht", "{title} by {artist}");
        let found = guest.get(&format!("/api/johnsmith/search?q={}", percent(&format!("{title} {artist}"))));
        assert_eq!(found.json()["tracks"][0]["title"], "Nachtschicht", "{title} by {artist}");
    }
    let asked = john.post("/api/johnsmith/requests", &track_uri).json();
    assert_eq!(asked["request"]["track_uri"], "spotify:track:song000000000000000029");
    assert_eq!(titles(&venue), ["Nachtschicht Kellerkind"], "all of them are one song");
    spotify.exhaust(APPS[0], 50_000);
    let closed = SONG.replace("29?", "31?");
    let mut guest = venue.guest_of("johnsmith", &mut john);
    for _ in 0..2 {
        let told = said(&ask(&mut guest, "Tanz am Kanal", &closed), "artist");
        assert!(told.contains("type the song") && told.contains("in 14 hours"), "{told}");
    }
    let searched = guest.get(&format!("/api/johnsmith/search?q={}", percent(&closed)));
    assert!(said(&searched, "q").contains("type the song"));
    assert!(said(&searched, "q").contains("in 14 hours"), "{}", searched.body);
}

#[test]
fn a_link_in_the_place_of_a_track_is_told_what_a_pasted_one_is() {
    let (venue, _spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let asked = ask(&mut john, "Nachtschicht", "Kellerkind").json()["request"]["id"].clone();
    for link in [
        ALBUM,
        FILM,
        "spotify:playlist:37i9dQZF1DXcBWIGoYBM5M",
        "spotify:episode:512ojhOuo1ktJprKbVcKyQ",
        "https://open.spotify.com/artist/0gxyHStUsqpMadRV0Di1Qt",
        "https://spotify.link/abc",
        "https://example.com/a",
    ] {
        let pasted = said(&ask(&mut guest, link, "x"), "title");
        let wish = json!({ "title": "Rain", "artist": "Mira", "track_uri": link });
        for who in [&mut guest, &mut john] {
            assert_eq!(said(&who.post("/api/johnsmith/requests", &wish), "track_uri"), pasted, "{link}");
        }
        let choose = format!("/api/johnsmith/requests/{}/match", asked.as_str().unwrap());
        assert_eq!(said(&john.post(&choose, &json!({ "uri": link })), "uri"), pasted, "{link}");
    }
    let odd = json!({ "title": "Rain", "artist": "Mira", "track_uri": "Rain" });
    assert!(said(&guest.post("/api/johnsmith/requests", &odd), "track_uri").contains("spotify:track:ID"));
    assert_eq!(titles(&venue), ["Nachtschicht Kellerkind"]);
}

#[test]
fn a_link_that_cannot_be_opened_now_says_in_how_many_minutes_it_can() {
    let (venue, spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let link = |n: u32| format!("https://open.spotify.com/track/nobody{n}");
    let look =
        |who: &mut Caller, n: u32| said(&who.get(&format!("/api/johnsmith/search?q={}", percent(&link(n)))), "q");
    for n in 0..10 {
        assert!(look(&mut guest, n).contains("right now"), "nobody knows it, and waiting helps nobody");
    }
    // A guest's own share.
    for told in [look(&mut guest, 10), said(&ask(&mut guest, &link(10), ""), "title")] {
        assert!(told.contains("can be opened here in 60 minutes"), "{told}");
    }
    // The share of searches in the day's calls, of which so many were made some hours ago.
    let rows = rusqlite::Connection::open(venue.file()).unwrap();
    let sql =
        "INSERT INTO spotify_calls SELECT id, ?1, unixepoch() / 3600 - 5, 800 FROM users WHERE username = 'johnsmith'";
    assert_eq!(rows.execute(sql, [APPS[0]]).unwrap(), 1);
    let (mut other, calls) = (venue.guest_of("johnsmith", &mut john), spotify.usage(APPS[0]).calls);
    for who in [&mut other, &mut john] {
        let told = look(who, 11);
        // By how much of this hour is over.
        assert!(told.contains("in 19 hours") || told.contains("in 20 hours"), "{told}");
    }
    assert_eq!(spotify.usage(APPS[0]).calls, calls);
}

#[test]
fn a_night_run_by_hand_answers_every_link_with_a_sentence() {
    let venue = Venue::by_hand();
    let mut john = venue.host("johnsmith");
    let before = titles(&venue);
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let songs = [format!("https://open.spotify.com/track/{ID}"), format!("spotify:track:{ID}")];
    for link in [&songs[0], &songs[1], ALBUM, FILM, "https://spotify.link/abc"] {
        assert!(said(&ask(&mut guest, link, "x"), "title").contains("song"), "{link}");
        assert!(said(&ask(&mut john, link, ""), "title").contains("song"), "{link}");
    }
    // A page without a script.
    let form = [("title", FILM), ("artist", ""), ("track_uri", ""), ("key", "k1")];
    let told = guest.clone().with("Accept", "text/html").form("/api/johnsmith/requests?as=guest", &form);
    assert_eq!(told.status, 422);
    assert!(told.body.contains("Links of YouTube cannot be played here."), "{}", told.body);
    assert_eq!(titles(&venue), before);
}

#[test]
fn where_no_spotify_is_connected_a_link_to_a_song_is_not_said_to_open_later() {
    let venue = Venue::by_hand();
    let mut john = venue.host("johnsmith");
    assert_eq!(john.delete("/api/johnsmith/spotify").status, 204);
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let song = format!("https://open.spotify.com/track/{ID}");
    // More than a guest may look for in an hour: there is nothing to wait for.
    for _ in 0..12 {
        let found = guest.get(&format!("/api/johnsmith/search?q={}", percent(&song)));
        assert_eq!(said(&found, "q"), "Links to songs are not opened at this party: type the song and its artist.");
    }
    for who in [&mut guest, &mut john] {
        assert!(said(&ask(who, &song, ""), "title").contains("not opened at this party"));
    }
    let help = venue.stranger().get("/help").body;
    assert!(help.contains("at a party with Spotify the link of a song"), "{help}");
}

#[test]
fn links_that_were_titles_once_are_offered_to_nobody() {
    let (venue, _spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    for title in ["Never Gonna Give", "Never Gonna Let", "Never Gonna Run"] {
        assert_eq!(ask(&mut john, title, "Rick").status, 201);
    }
    // From before they were refused.
    let rows = rusqlite::Connection::open(venue.file()).unwrap();
    let rename = |title: &str, artist: &str, was: &str| {
        let song = partyplaylist::domain::Song::named(title, artist);
        let sql = "UPDATE requests SET title = ?1, artist = ?2, song_key = ?3, artist_key = ?4 WHERE title = ?5";
        let changed = rows.execute(sql, [title, artist, &song.key(), &song.artist_key(), was]).unwrap();
        assert_eq!(changed, 1);
    };
    rename("https://youtu.be/never", "Rick", "Never Gonna Give");
    rename("Never", "www.youtube.com/never", "Never Gonna Let");
    for who in [&mut guest, &mut john] {
        let found = who.get("/api/johnsmith/search?q=never").json();
        let found: Vec<&str> =
            found["tracks"].as_array().unwrap().iter().map(|track| track["title"].as_str().unwrap()).collect();
        assert_eq!(found, ["Never Gonna Run"]);
        assert_eq!(who.get("/api/johnsmith/search?q=youtu").json()["tracks"], json!([]));
    }
}

#[test]
fn a_barred_track_is_barred_by_whichever_link_to_it_stands_on_the_list() {
    let (venue, _spotify, mut john) = party();
    assert_eq!(john.put("/api/johnsmith/settings", &json!({ "do_not_play": [SONG] })).status, 200);
    let mut guest = venue.guest_of("johnsmith", &mut john);
    assert_eq!(ask(&mut guest, SONG, "").code(), "not_tonight");
    assert_eq!(ask(&mut guest, "Open Spotify", "Track").status, 201, "its words are not barred");
}

#[test]
fn a_guest_pastes_links_and_is_told_beneath_the_field_what_they_are() {
    let driver = Driver::start();
    let (_venue, _spotify, mut john) = party();
    let way_in = john.join_url("johnsmith");
    run(async {
        let guest = Person::new(&driver, PHONE, true).await;
        guest.open(&way_in).await;
        guest.mark().await;
        guest.fill("#ask [name=title]", ALBUM).await;
        guest.read(".hits", "That link leads to an album").await;
        guest.looks_whole().await;
        guest.fill("#ask [name=title]", SONG).await;
        guest.read(".hits", "Nachtschicht").await;
        guest.tap("#ask .hits li:first-child button").await;
        guest.read(".mine", "Nachtschicht").await;
        // Said as soon as it is pasted, of any service, and in the field of the artist too.
        guest.fill("#ask [name=title]", FILM).await;
        guest.read(".hits", "Links of YouTube cannot be played here").await;
        guest.looks_whole().await;
        guest.fill("#ask [name=title]", "Never Gonna").await;
        guest.fill("#ask [name=artist]", "https://soundcloud.com/rick/never").await;
        guest.read(".hits", "Links of SoundCloud cannot be played here").await;
        guest.see("#ask [name=artist]").await.clear().await.unwrap();
        // Sent at once, without waiting for what is found, and without an artist.
        guest.fill("#ask [name=title]", FILM).await;
        guest.tap("#ask button[type=submit]").await;
        guest.read("#ask", "Links of YouTube cannot be played here").await;
        guest.fill("#ask [name=title]", &SONG.replace("29?", "30?")).await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".mine", "Neonregen").await;
        guest.was_not_reloaded().await;
        guest.leave().await;
        // A browser without scripts, with nothing but the link.
        let plain = Person::new(&driver, LAPTOP, false).await;
        plain.open(&way_in).await;
        plain.fill("#ask [name=title]", &SONG.replace("29?", "28?")).await;
        plain.tap("#ask button[type=submit]").await;
        plain.read(".mine", "Überlandbus").await;
        plain.fill("#ask [name=title]", ALBUM).await;
        plain.tap("#ask button[type=submit]").await;
        plain.read("main", "That link leads to an album").await;
        plain.leave().await;
    });
    let asked = john.get("/api/johnsmith/requests").json();
    let titles: Vec<&Value> = asked["requests"].as_array().unwrap().iter().map(|request| &request["title"]).collect();
    assert_eq!(titles.len(), 3, "{titles:?}");
}
