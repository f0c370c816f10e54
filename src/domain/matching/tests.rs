//! Which of the songs found is the one that was asked for.

use super::{Hit, HouseRules, Searched, Song, chosen};

fn hit(title: &str, uri: &str, explicit: bool) -> Hit {
    let (uri, artists) = (Some(uri.to_owned()), vec!["Mira".to_owned()]);
    Hit { uri, artists, title: title.into(), explicit: Some(explicit), ..Hit::default() }
}

#[test]
fn the_first_recording_of_that_name_which_the_house_allows_is_chosen() {
    let typed = Song::named("luna", "mira");
    let found = vec![hit("Luna", "rude", true), hit("Otra", "other", false), hit("Luna - Remastered", "clean", false)];
    let rules = HouseRules { allow_explicit: false, ..HouseRules::default() };
    assert_eq!(chosen(&typed, &HouseRules::default(), found.clone()), Searched::Recording(found[0].clone()));
    assert_eq!(chosen(&typed, &rules, found.clone()), Searched::Recording(found[2].clone()));
}

#[test]
fn what_comes_near_is_offered_and_what_the_house_refuses_is_not() {
    let rules = HouseRules { allow_explicit: false, ..HouseRules::default() };
    let found: Vec<Hit> = (0..5).map(|n| hit(&format!("Luna {n}"), &format!("u{n}"), n == 1)).collect();
    let Searched::Nothing(why, near) = chosen(&Song::named("Luna", "Mira"), &rules, found) else { panic!("chosen") };
    assert!(why.starts_with("Not found on Spotify"), "{why}");
    assert_eq!(near.iter().map(|one| one.uri.as_str()).collect::<Vec<_>>(), ["u0", "u2", "u3"]);
    let barred = chosen(&Song::named("Luna", "Mira"), &rules, vec![hit("Luna", "rude", true)]);
    let Searched::Nothing(why, near) = barred else { panic!("chosen") };
    assert!(why.contains("it is explicit") && near.is_empty(), "{why}");
}
