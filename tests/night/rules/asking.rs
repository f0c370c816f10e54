//! What becomes of a request: one for each song, and only where its state, the event and the DJ allow.

use serde_json::json;

use super::{act, ask, freely, id, line};
use crate::venue::{Answer, Caller, Venue};

#[test]
fn the_same_key_sent_twenty_times_at_once_is_one_wish() {
    let venue = Venue::by_hand();
    freely(&venue);
    let guest = venue.guest("johnsmith").with("Idempotency-Key", "tap");
    let answers: Vec<(u16, String)> = std::thread::scope(|scope| {
        let taps: Vec<_> = (0..20)
            .map(|_| {
                let mut guest = guest.clone();
                scope.spawn(move || {
                    let answer = ask(&mut guest, "Tapped Twice");
                    (answer.status, id(&answer))
                })
            })
            .collect();
        taps.into_iter().map(|tap| tap.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|(status, one)| *one == answers[0].1 && matches!(status, 200 | 201)), "{answers:?}");
    // The same key of another guest is another wish.
    let mut other = venue.guest("johnsmith").with("Idempotency-Key", "tap");
    assert_ne!(id(&ask(&mut other, "Something Else")), answers[0].1);
}

#[test]
fn a_form_gone_back_to_with_another_song_in_it_is_another_wish() {
    let venue = Venue::by_hand();
    freely(&venue);
    let mut guest = venue.guest("johnsmith").with("Accept", "text/html");
    let form = |title| [("title", title), ("artist", "Somebody"), ("track_uri", ""), ("key", "from-the-page")];
    for title in ["Waterloo", "Waterloo", "Fernando"] {
        let sent = guest.form("/api/johnsmith/requests?as=guest", &form(title));
        assert_eq!((sent.status, sent.header("location")), (303, Some("/johnsmith?said=sent")), "{}", sent.body);
    }
    let all = venue.host("johnsmith").get("/api/johnsmith/requests").json()["requests"].clone();
    let titles: Vec<&str> = all.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert!(titles.ends_with(&["Waterloo", "Fernando"]), "told that it was sent: {titles:?}");
    assert_eq!(titles.iter().filter(|title| **title == "Waterloo").count(), 1);
}

#[test]
fn two_approvals_at_once_make_one() {
    let venue = Venue::by_hand();
    freely(&venue);
    let wished = id(&ask(&mut venue.guest("johnsmith"), "Approved Once"));
    let dj = venue.host("johnsmith");
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let both: Vec<_> = (0..8)
            .map(|_| {
                let (mut dj, wished) = (dj.clone(), wished.clone());
                scope.spawn(move || act(&mut dj, &wished, "approve").status)
            })
            .collect();
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(line(&mut dj.clone()).iter().filter(|title| *title == "Approved Once").count(), 1);
}

#[test]
fn a_song_on_the_list_becomes_a_vote_however_it_is_written() {
    let venue = Venue::by_hand();
    freely(&venue);
    let first = id(&venue.guest("johnsmith").post(
        "/api/johnsmith/requests",
        &json!({ "title": "Señorita", "artist": "Shawn Mendes feat. Camila Cabello" }),
    ));
    for (n, (title, artist)) in [
        ("senorita", "Shawn Mendes"),
        ("Señorita - Remastered 2019", "SHAWN MENDES, Camila Cabello"),
        ("SEÑORITA (Radio Edit)", "Shawn Mendes ft. Camila Cabello"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer =
            venue.guest("johnsmith").post("/api/johnsmith/requests", &json!({ "title": title, "artist": artist }));
        assert_eq!((answer.status, id(&answer)), (200, first.clone()), "{title}");
        assert_eq!(
            (&answer.json()["merged"], answer.json()["request"]["votes"].as_u64()),
            (&json!(true), Some(n as u64 + 1)),
            "{title}"
        );
    }
    let mut same = venue.guest("johnsmith");
    for _ in 0..3 {
        assert_eq!(
            same.post(&format!("/api/johnsmith/requests/{first}/vote"), &json!({})).json()["request"]["votes"],
            4,
            "one voice each"
        );
    }
    assert_eq!(same.delete(&format!("/api/johnsmith/requests/{first}/vote")).json()["request"]["votes"], 3);
}

#[test]
fn a_paused_or_closed_party_takes_no_wish_and_says_so() {
    let venue = Venue::by_hand();
    freely(&venue);
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    for (patch, code) in [
        (json!({ "status": "paused" }), "paused"),
        (json!({ "status": "live", "requests_open": false }), "requests_closed"),
    ] {
        assert_eq!(dj.patch("/api/johnsmith/event", &patch).status, 200);
        let answer = ask(&mut guest, "Now?");
        assert_eq!((answer.status, answer.code().as_str()), (403, code));
        assert_eq!(guest.get("/api/johnsmith/party").status, 200);
        assert_eq!(ask(&mut dj, &format!("The DJ's own while {code}")).status, 201);
    }
    dj.patch("/api/johnsmith/event", &json!({ "requests_open": true }));
    assert_eq!(ask(&mut guest, "Now?").status, 201);
}

#[test]
fn a_request_goes_only_where_its_state_allows() {
    let venue = Venue::by_hand();
    freely(&venue);
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    let one = id(&ask(&mut guest, "Wanders"));
    let state = |answer: &Answer| answer.json()["request"]["status"].as_str().map(str::to_owned);
    assert_eq!(state(&act(&mut dj, &one, "reject")).as_deref(), Some("rejected"));
    assert_eq!(act(&mut dj, &one, "playing").status, 409);
    assert_eq!(guest.post(&format!("/api/johnsmith/requests/{one}/vote"), &json!({})).status, 409);
    assert_eq!(state(&act(&mut dj, &one, "retry")).as_deref(), Some("pending"));
    assert_eq!(state(&act(&mut dj, &one, "approve")).as_deref(), Some("approved"));
    assert_eq!(state(&act(&mut dj, &one, "playing")).as_deref(), Some("playing"));
    let two = id(&ask(&mut venue.guest("johnsmith"), "Follows"));
    act(&mut dj, &two, "approve");
    act(&mut dj, &two, "playing");
    let list = dj.get("/api/johnsmith/requests?status=playing").json();
    assert_eq!(list["requests"].as_array().unwrap().len(), 1, "one song plays at a time");
    let done = dj.get("/api/johnsmith/requests?status=played").json();
    assert!(done["requests"].as_array().unwrap().iter().any(|request| request["id"] == json!(one)));
    assert_eq!(guest.post(&format!("/api/johnsmith/requests/{two}/withdraw"), &json!({})).code(), "not_yours");
    let gone = dj.delete(&format!("/api/johnsmith/requests/{two}"));
    assert_eq!(gone.status, 200);
    assert_eq!(act(&mut dj, &two, "approve").status, 404);
}

#[test]
fn bringing_a_rejected_song_back_does_not_double_it() {
    let venue = Venue::by_hand();
    freely(&venue);
    let mut dj = venue.host("johnsmith");
    let first = id(&ask(&mut venue.guest("johnsmith"), "Wanted Twice"));
    act(&mut dj, &first, "reject");
    assert_eq!(ask(&mut venue.guest("johnsmith"), "Wanted Twice").status, 201);
    let again = act(&mut dj, &first, "retry");
    assert_eq!((again.status, again.code().as_str()), (409, "listed_again"));
}

#[test]
fn a_muted_guest_asks_in_vain_and_is_told_so() {
    let venue = Venue::by_hand();
    freely(&venue);
    let (mut dj, mut loud) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    let wished = ask(&mut loud, "Again").json()["request"]["id"].clone();
    let all = dj.get("/api/johnsmith/requests").json();
    let whose =
        all["requests"].as_array().unwrap().iter().find(|request| request["id"] == wished).unwrap()["guest_id"].clone();
    let path = format!("/api/johnsmith/guests/{}", whose.as_str().unwrap());
    let offered = |dj: &mut Caller| dj.get("/johnsmith/admin/requests").body.contains(&format!("{path}/mute\""));
    assert!(offered(&mut dj));
    assert_eq!(dj.post(&format!("{path}/mute"), &json!({})).json()["guest"]["muted"], true);
    assert!(!offered(&mut dj), "muted, and to be muted again");
    let told = ask(&mut loud, "And again");
    assert_eq!((told.status, told.code().as_str()), (403, "muted"));
    let voted = id(&ask(&mut dj, "Voted for"));
    let vote = format!("/api/johnsmith/requests/{voted}/vote");
    let told = loud.post(&vote, &json!({}));
    assert_eq!((told.status, told.code().as_str()), (403, "muted"), "a vote is a word as well");
    assert_eq!(ask(&mut venue.guest("johnsmith"), "By another").status, 201);
    assert!(dj.get("/johnsmith/admin/requests").body.contains("Muted guests"));
    assert_eq!(
        venue.host("janedoe").post(&format!("{}/mute", path.replace("johnsmith", "janedoe")), &json!({})).status,
        404
    );
    dj.post(&format!("{path}/unmute"), &json!({}));
    assert_eq!(ask(&mut loud, "And again").status, 201);
}
