//! Acts of several people, and several undos at once.

use super::{act, did, night, sight};
use crate::venue::Caller;

#[test]
fn an_undo_that_names_its_act_takes_back_no_later_one() {
    let (_venue, mut dj, [waits, ..]) = night();
    let approved = act(&mut dj, &waits, "approve").json()["request"]["version"].clone();
    let next = act(&mut dj, &waits, "play-next").json()["request"]["version"].clone();
    let late = act(&mut dj, &waits, &format!("undo?of={approved}"));
    assert_eq!((late.status, late.code().as_str()), (409, "changed_since"), "{}", late.body);
    assert_eq!(act(&mut dj, &waits, "undo?of=first").status, 400);
    assert_eq!(act(&mut dj, &waits, &format!("undo?of={next}")).json()["request"]["status"], "approved");
}

#[test]
fn of_six_undos_at_once_one_does_it_and_the_others_are_told_there_is_nothing_left() {
    let (venue, mut dj, [waits, in_line, ..]) = night();
    let mut lena = venue.helper("johnsmith");
    let at_once = |who: &Caller, id: &str| {
        let mut told: Vec<(u16, String)> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..6)
                .map(|_| {
                    let mut one = who.clone();
                    scope.spawn(move || act(&mut one, id, "undo"))
                })
                .collect();
            let told = asking.into_iter().map(|asked| asked.join().unwrap());
            told.map(|answer| (answer.status, if answer.status == 200 { String::new() } else { answer.code() }))
                .collect()
        });
        told.sort();
        let nothing = || (409, "nothing_to_undo".to_owned());
        assert_eq!(told, [(200, String::new()), nothing(), nothing(), nothing(), nothing(), nothing()]);
    };
    let version = |dj: &mut Caller| dj.get("/api/johnsmith/event").json()["event"]["version"].as_i64().unwrap();
    // A song that was in line before is in line afterwards: its state alone tells nobody that it was taken back.
    let before = sight(&mut dj);
    did(&act(&mut dj, &in_line, "play-next"));
    let acted = version(&mut dj);
    at_once(&dj, &in_line);
    assert_eq!((sight(&mut dj), version(&mut dj)), (before.clone(), acted + 1));
    did(&act(&mut lena, &waits, "reject"));
    at_once(&lena, &waits);
    assert_eq!(sight(&mut dj), before);
    let entries = dj.get("/api/johnsmith/audit").json()["entries"].clone();
    let undone = entries.as_array().unwrap().iter().filter(|entry| entry["action"] == "undo").count();
    assert_eq!(undone, 1, "{entries}");
}

#[test]
fn a_helper_takes_back_what_they_did_and_nothing_of_the_djs() {
    let (venue, mut dj, [waits, in_line, ..]) = night();
    let (mut lena, mut other) = (venue.helper("johnsmith"), venue.helper("johnsmith"));
    did(&act(&mut lena, &waits, "approve"));
    assert_eq!(act(&mut other, &waits, "undo").code(), "nothing_to_undo");
    assert_eq!(act(&mut lena, &waits, "undo").json()["request"]["status"], "pending");
    did(&act(&mut dj, &in_line, "reject"));
    assert_eq!(act(&mut lena, &in_line, "undo").code(), "nothing_to_undo");
    // The DJ takes back a helper's.
    did(&act(&mut lena, &waits, "reject"));
    did(&act(&mut dj, &waits, "undo"));
    let entries = dj.get("/api/johnsmith/audit").json()["entries"].clone();
    let deeds: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["actor"] == "helper Lena")
        .map(|entry| entry["action"].clone())
        .collect();
    assert_eq!(deeds, ["reject", "undo", "approve"]);
}
