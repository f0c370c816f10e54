//! What a DJ is offered for a request, and looks for by other words.

use partyplaylist::spotify::simulator::{Fault, Trouble};
use serde_json::{Value, json};

use super::{GOOD, asked, party, shown, way};
use crate::browser::{Driver, PHONE, Person, run};
use crate::pages::sign_in;

#[test]
fn while_every_search_is_refused_the_dj_can_say_of_any_typed_wish_that_they_play_it_by_hand() {
    let driver = Driver::start();
    let (venue, spotify, mut john, _) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let (target, call) = ("johnsmith".to_owned(), Some("GET /search".to_owned()));
    spotify.fault(Fault { target, call, trouble: Trouble::Malformed(403), after_effect: false, times: None });
    let ids = [asked(&mut john, "Our Own Demo", "The Cousins"), asked(&mut guest, "Their Own Demo", "The Uncles")];
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        sign_in(&dj, &venue, "requests").await;
        for (id, title) in ids.iter().zip(["Our Own Demo", "Their Own Demo"]) {
            let card = format!("[data-id='{id}']");
            dj.tap(&format!("{card} .more summary")).await;
            dj.looks_whole().await;
            dj.tap(&format!("{card} .more form[action$='/match'] button")).await;
            dj.read(".toast", &format!("“{title}” is played by hand.")).await;
        }
        dj.leave().await;
    });
    for id in &ids {
        assert_eq!(shown(&mut john, id)["match"]["state"], "by_hand");
    }
}

#[test]
fn a_search_by_other_words_for_a_wish_that_was_found_meanwhile_is_not_said_to_have_found_it() {
    let driver = Driver::start();
    let (venue, _spotify, mut john, id) = party();
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        sign_in(&dj, &venue, "requests").await;
        dj.fill(".line [name=words]", "swear jar").await;
        dj.does("window.form = document.querySelector('.line .again')").await;
        assert_eq!(john.post(&way(&id), &json!({ "uri": GOOD })).status, 200);
        dj.read(".line", "Battery Heart").await;
        // The page has put another form in its place by now.
        let sent = "document.body.append(form); form.requestSubmit();
            return new Promise((done) => {
                const answered = () => { if (!form.dataset.busy) done(form.sent); };
                setInterval(answered, 20);
            })";
        assert_ne!(dj.does(sent).await, json!(null), "it was never sent");
        assert_eq!(dj.does("return document.querySelector('#toast').textContent").await, json!(""));
        dj.leave().await;
    });
}

#[test]
fn what_is_offered_is_a_track_as_a_search_shows_it() {
    let (_venue, _spotify, mut john, id) = party();
    let offered = john.post(&way(&id), &json!({ "words": "battery heart" })).json();
    let found = john.get("/api/johnsmith/search?q=battery%20heart").json()["tracks"][0].clone();
    for request in [offered["request"].clone(), shown(&mut john, &id)] {
        let near = &request["match"]["candidates"][0];
        for (field, value) in found.as_object().unwrap() {
            assert_eq!(&near[field], value, "{field}");
        }
        let (art, cover) = (near["art"].as_str().unwrap(), near["cover"].as_str().unwrap());
        assert_eq!(art, format!("/api/johnsmith/art/{cover}"));
        assert_eq!(john.get(art).status, 200);
    }
}

#[test]
fn a_wish_that_is_not_found_can_be_looked_for_by_other_words() {
    let (venue, _spotify, mut john, id) = party();
    let offered = |answer: &Value| {
        let one = &answer["request"];
        let near = one["match"]["candidates"].as_array().unwrap().iter();
        (near.map(|near| near["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), one["reason"].clone())
    };
    let none = john.post(&way(&id), &json!({ "words": " Nobody Sang That " })).json();
    assert_eq!(offered(&none), (vec![], json!("Nothing found for “Nobody Sang That” either.")));
    let found = john.post(&way(&id), &json!({ "words": "battery heart" })).json();
    let (titles, told) = offered(&found);
    assert_eq!((titles[0].as_str(), told.as_str().unwrap()), ("Battery Heart", "Found for “battery heart”:"));
    assert_eq!(
        (&found["request"]["match"]["state"], &found["request"]["position"]),
        (&json!("unmatched"), &Value::Null)
    );
    // What the rules refuse is not offered, and nobody else may look.
    let rude = john.post(&way(&id), &json!({ "words": "swear jar" })).json();
    assert!(offered(&rude).0.iter().all(|title| title != "Swear Jar"), "{rude}");
    assert_eq!(venue.guest_of("johnsmith", &mut john).post(&way(&id), &json!({ "words": "x y z" })).status, 401);
    // By a plain form as well, on whose page it stands then.
    let mut page = john.clone().with("Accept", "text/html");
    let sent = page.form(&way(&id), &[("words", "battery heart")]);
    assert_eq!((sent.status, sent.header("location")), (303, Some("/johnsmith/admin/requests")));
    let html = page.get("/johnsmith/admin/requests").body;
    assert!(html.contains("It is Battery Heart by") && html.contains(r#"name="words""#), "{html}");
    assert_eq!(john.post(&way(&id), &json!({ "words": " " })).status, 422);
    // What is known stays known.
    assert_eq!(john.post(&way(&id), &json!({ "uri": GOOD })).status, 200);
    let kept = john.post(&way(&id), &json!({ "words": "swear jar" })).json();
    assert_eq!(
        (&kept["request"]["match"]["state"], &kept["request"]["title"]),
        (&json!("matched"), &json!("Battery Heart"))
    );
}
