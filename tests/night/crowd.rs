//! A hundred and fifty guests type at once, and the day's calls last for the night all the same.

use std::collections::BTreeSet;

use partyplaylist::spotify::simulator::Simulator;
use serde_json::json;

use crate::connecting::{APPS, connect, open};
use crate::dice::Dice;
use crate::venue::{Caller, Venue, percent};

const GUESTS: usize = 150;
const WISHES: usize = 300;
const SONGS: usize = 600;

/// The titles of the wishes: some songs are wished often, and most once.
fn wished(songs: &[String]) -> Vec<String> {
    let mut dice = Dice::new(7);
    let number = |roll: usize| SONGS * roll * roll / 1_000_000;
    (0..WISHES).map(|_| songs[number(dice.below(1_000))].clone()).collect()
}

/// What a page asks for while somebody types a title of two words, pausing for thought; `says` whether it tells the box.
fn typed(title: &str, says: bool) -> Vec<String> {
    let (first, second) = title.split_once(' ').unwrap();
    let half = [first[..3].to_owned(), format!("{first} {}", &second[..3])];
    let mark = |typing: &str| if says { format!("&typing={typing}") } else { String::new() };
    let half = half.iter().map(|words| format!("{}{}", percent(words), mark("1")));
    half.chain([format!("{}{}", percent(title), mark("0"))]).collect()
}

fn party() -> (Venue, Simulator, Caller, Vec<String>) {
    let (venue, spotify) = open();
    let songs = spotify.stock(SONGS);
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    (venue, spotify, john, songs)
}

/// How many of the wishes were among what was found once their whole title was typed, and how many calls it took.
fn found(says: bool) -> (usize, i64) {
    let (venue, spotify, mut john, songs) = party();
    let mut guests: Vec<Caller> = (0..GUESTS).map(|_| venue.guest_of("johnsmith", &mut john)).collect();
    let titles = wished(&songs);
    let mut found = 0;
    for (n, title) in titles.iter().enumerate() {
        let guest = &mut guests[n % GUESTS];
        let mut last = json!({});
        for words in typed(title, says) {
            let answer = guest.get(&format!("/api/johnsmith/search?q={words}"));
            assert_eq!(answer.status, 200, "{}", answer.body);
            last = answer.json();
        }
        found += usize::from(last["tracks"].as_array().unwrap().iter().any(|track| track["title"] == **title));
    }
    let asked = spotify.account("johnsmith").unwrap().searched;
    if says {
        let whole: BTreeSet<&String> = titles.iter().collect();
        assert!(asked.iter().all(|words| whole.contains(words)), "half a word went out: {asked:?}");
    }
    let used = john.get("/api/johnsmith/spotify").json()["used_today"].as_i64().unwrap();
    println!(
        "{found} of {WISHES} found, {} of them different, {used} of 1000 calls",
        titles.iter().collect::<BTreeSet<_>>().len()
    );
    (found, used)
}

#[test]
fn of_three_hundred_wishes_of_a_hundred_and_fifty_guests_nearly_all_are_found_and_calls_are_left_for_the_night() {
    let (found, used) = found(true);
    assert!(found * 100 >= WISHES * 85, "{found} of {WISHES}");
    assert!(used < 300, "{used} calls: six hours of songs take six hundred");
}

#[test]
fn pages_that_do_not_say_whether_somebody_types_on_find_as_much_within_the_same_calls() {
    let (found, used) = found(false);
    assert!(found * 100 >= WISHES * 85, "{found} of {WISHES}");
    assert!(used < 300, "{used} calls: six hours of songs take six hundred");
}
