//! Whoever puts in place all that they are told has what there is, and is told little.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Picture, Told};
use crate::domain::{
    EventStatus, HostRequest, PartyEvent, Playback, Playing, RequestView, Status, Timestamp, Track, Username,
};
use crate::ui::{self, Part};

fn song(title: &str) -> RequestView {
    let mut view = HostRequest::specimen(Status::Approved).view;
    (view.title, view.cover, view.nickname) = (title.into(), None, None);
    view
}

fn parts(line: &[RequestView], playback: &Playback) -> Vec<Part> {
    let event = PartyEvent {
        name: "Tonight".into(),
        host: "DJ".into(),
        status: EventStatus::Live,
        requests_open: true,
        expires_at: Timestamp(0),
    };
    ui::guest::parts(&Username::parse("johnsmith").unwrap(), &event, playback, line)
}

/// What is told to who was told `before`.
fn then(before: &Told, line: &[RequestView], playback: &Playback, version: i64) -> (Told, Option<String>) {
    let (parts, touched) = (parts(line, playback), BTreeSet::new());
    let line = line.iter().map(|view| &view.id).collect();
    before.then(&Picture { parts: &parts, playback, line, version: Some(version), touched: &touched, at: 0 })
}

/// The rows a page has, as a page keeps them.
#[derive(Default)]
struct Page(Vec<(String, String)>);

impl Page {
    fn at(&self, id: &str) -> Option<usize> {
        self.0.iter().position(|(one, _)| one == id)
    }

    fn hear(&mut self, told: &str, like: &str) {
        let told: Value = serde_json::from_str(told).unwrap();
        let rows = &told["rows"]["queue"];
        let list = |name: &str| rows[name].as_array().cloned().unwrap_or_default();
        let texts = |name: &str| rows[name].as_object().cloned().unwrap_or_default();
        for id in list("gone") {
            self.0.retain(|(one, _)| one != id.as_str().unwrap());
        }
        for (id, text) in texts("html") {
            let at = self.at(&id).unwrap();
            self.0[at].1 = whole(&id, &text, like);
        }
        for put in list("put") {
            let id = put[0].as_str().unwrap();
            let old = self.at(id).map(|at| self.0.remove(at).1);
            let text = if put[2].is_null() { old.unwrap() } else { whole(id, &put[2], like) };
            let at = put[1].as_str().map_or(0, |after| self.at(after).unwrap() + 1);
            self.0.insert(at, (id.to_owned(), text));
        }
        for (id, facts) in texts("facts") {
            let at = self.at(&id).unwrap();
            let (before, rest) = self.0[at].1.split_once(" data-facts=\"").unwrap();
            let rest = rest.split_once('"').unwrap().1;
            self.0[at].1 = format!("{before} data-facts=\"{}\"{rest}", facts.as_str().unwrap());
        }
    }
}

fn whole(id: &str, text: &Value, like: &str) -> String {
    let like: Vec<u16> = like.encode_utf16().collect();
    let number = |piece: &Value, n: usize| usize::try_from(piece[n].as_u64().unwrap()).unwrap();
    let piece = |piece: &Value| match piece.as_str() {
        Some(own) => own.to_owned(),
        None => String::from_utf16(&like[number(piece, 0)..][..number(piece, 1)]).unwrap(),
    };
    match text.as_str() {
        Some(whole) => whole.to_owned(),
        None => text.as_array().unwrap().iter().map(piece).collect::<String>().replace('§', id),
    }
}

#[test]
fn whatever_comes_goes_moves_and_changes_a_page_that_is_told_has_what_there_is() {
    let (mut line, mut told, mut page) = (Vec::<RequestView>::new(), Told::default(), Page::default());
    let playback = Playback::manual(None, Timestamp(0));
    let mut chance = 7_usize;
    let mut dice = |most: usize| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % most.max(1)
    };
    for round in 0..150 {
        for _ in 0..=dice(4) {
            let at = dice(line.len());
            match (dice(6), line.is_empty()) {
                (0 | 1, _) | (_, true) => {
                    let words = ["Song", "§ 218", "a < b & \"c\"", "日本語 🎉", "class=\"title\" dir=\"auto\""];
                    line.insert(dice(line.len() + 1), song(&format!("{} {round}", words[dice(words.len())])));
                }
                (2, _) => drop(line.remove(at)),
                (3, _) => line[at].votes += 1,
                (4, _) => line[at].title.push_str(" (Live)"),
                _ => {
                    let moved = line.remove(at);
                    line.insert(dice(line.len() + 1), moved);
                }
            }
        }
        let (now, text) = then(&told, &line, &playback, round);
        let queue = parts(&line, &playback).pop().unwrap();
        page.hear(&text.unwrap(), queue.like.as_deref().unwrap());
        told = now;
        let is: Vec<_> = queue.rows.iter().map(|row| (row.id.as_str().to_owned(), row.bare())).collect();
        assert_eq!(page.0, is, "round {round}");
    }
}

#[test]
fn a_vote_is_told_by_the_votes_and_a_song_that_comes_by_what_it_has_of_its_own() {
    let playback = Playback::manual(None, Timestamp(0));
    let mut line: Vec<_> = (0..100).map(|n| song(&format!("Song {n}"))).collect();
    let (told, _) = then(&Told::default(), &line, &playback, 1);
    assert_eq!(then(&told, &line, &playback, 1).1, None, "nothing is new");
    line[40].votes = 3;
    let (told, vote) = then(&told, &line, &playback, 2);
    let vote = vote.unwrap();
    assert!(vote.len() < 200 && vote.contains(line[40].id.as_str()) && vote.contains("3,"), "{vote}");
    line.insert(2, song("A Song of Usual Length"));
    line.truncate(100);
    let comes = then(&told, &line, &playback, 3).1.unwrap();
    assert!(comes.len() < 500 && comes.contains("A Song of Usual Length"), "{}: {comes}", comes.len());
}

#[test]
fn what_plays_is_told_when_it_is_another_or_elsewhere_than_a_page_thinks_and_not_as_it_goes_on() {
    let track = Track { duration_ms: Some(200_000), ..Track::bare("Fog".into(), "X".into()) };
    let plays = |began: i64, now: i64| {
        let since = Timestamp(began);
        Playback::manual(Some(Playing { track: track.clone(), since }), Timestamp(now))
    };
    let now = |text: Option<String>| {
        text.map(|text| serde_json::from_str::<Value>(&text).unwrap()["parts"]["now"].is_string())
    };
    let (told, _) = then(&Told::default(), &[], &plays(0, 1000), 1);
    let (told, goes_on) = then(&told, &[], &plays(0, 60_000), 1);
    assert_eq!(now(goes_on), None);
    let (told, creeps) = then(&told, &[], &plays(1500, 61_000), 1);
    assert_eq!(now(creeps), None, "the network");
    let (told, crept) = then(&told, &[], &plays(3000, 62_000), 1);
    assert_eq!(now(crept), Some(true), "it crept far");
    assert_eq!(now(then(&told, &[], &Playback::manual(None, Timestamp(0)), 1).1), Some(true));
}
