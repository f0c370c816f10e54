//! Letters of other scripts that pass for Latin ones.

use std::cell::Cell;

use super::{Wanted, runs};

fn held(text: &str, entry: &str) -> bool {
    let mut wanted = Wanted::default();
    wanted.add(entry);
    !wanted.held_by(text).is_empty()
}

#[test]
fn a_run_of_words_is_found_wherever_it_begins_and_ends() {
    let text = "a b c d e f g h i j";
    for entry in ["a", "j", "abc", "d e f", "hij", "abcdefghij"] {
        assert!(held(text, entry), "{entry}");
    }
    for entry in ["b d", "abd", "ijk", "ja"] {
        assert!(!held(text, entry), "{entry}");
    }
}

#[test]
fn a_hundred_words_of_one_letter_are_gone_through_once_for_each_place_to_begin() {
    let (words, looked) = (vec!["a"; 100], Cell::new(0));
    let long = |word: &&str| {
        looked.set(looked.get() + 1);
        word.len()
    };
    runs(&words, long, 10, |_, _| {});
    assert!(looked.get() <= 100 * 11, "{} looks", looked.get());
}

#[test]
fn letters_that_look_latin_are_read_so_among_latin_ones_alone() {
    for (text, entry) in [
        ("Nіckelback", "nickelback"),
        ("NІCKELBACΚ", "Nickelback"),
        ("Nickeӏback", "Nickelback"),
        ("NickeІback", "Nickelback"),
        ("The Νіckеlbаск Song", "Nickelback"),
        ("Ni ск elback", "Nickelback"),
        ("N.і.c.k.е.l.back", "Nickelback"),
        ("Вlur", "Blur"),
        ("Օasis", "Oasis"),
        ("Oаsιs", "oasis"),
        ("ΟΑSIS", "oasis"),
        ("Nickelback", "Nіckelback"),
        ("Ѕigur Rо́s", "Sigur Rós"),
        ("І Kissed А Girl", "I kissed a girl"),
        ("ΖΖ Top", "ZZ Top"),
        ("Кино feat. X", "Кино"),
        ("Сон (Radio Edit)", "Сон"),
    ] {
        assert!(held(text, entry), "{text} / {entry}");
    }
    for (text, entry) in [
        ("Сор", "Cop"),
        ("Сор feat. Баста", "Cop"),
        ("Radio Сор", "Cop"),
        ("Сор (Live)", "Cop (Live)"),
        ("Cop (Live)", "Сор (Live)"),
        ("А", "A"),
        ("ΑΒΒΑ", "Abba"),
        ("Соr", "Cop"),
        ("Mall", "Mail"),
        ("Кино", "Kino"),
        ("Dance", "Dan"),
    ] {
        assert!(!held(text, entry), "{text} / {entry}");
    }
}

#[test]
fn a_name_in_other_signs_than_its_letters_is_read_and_a_number_is_none() {
    for text in [
        "ɴɪᴄᴋᴇʟʙᴀᴄᴋ",
        "🅽🅸🅲🅺🅴🅻🅱🅰🅲🅺",
        "🅝🅘🅒🅚🅔🅛🅑🅐🅒🅚",
        "🅽\u{fe0f}🅸🅲🅺🅴🅻🅱\u{fe0f}🅰🅲🅺 feat. X",
        "🇳🇮🇨🇰🇪🇱🇧🇦🇨🇰",
        "🇳\u{200b}🇮\u{200b}🇨 🇰🇪🇱🇧🇦🇨🇰",
        "ⁿⁱᶜᵏᵉˡᵇᵃᶜᵏ",
        "ⓝⓘⓒⓚⓔⓛⓑⓐⓒⓚ",
        "N1ckelback",
        "N!ckelb4ck",
        "N1CK3LB@CK",
        "Nicke1back",
        "Nick€lba¢k",
        "ʞɔɐqlǝʞɔıu",
        "ʞɔɐqןǝʞɔᴉN ɟo ʇsǝq",
    ] {
        assert!(held(text, "Nickelback"), "{text}");
    }
    assert!(held("Guns and Roses", "Guns N' Roses") && held("Guns N' Roses", "Guns & Roses"));
    for (text, entry) in [
        ("99 Problems", "gg problems"),
        ("N1ckelback", "N2ckelback"),
        ("7 Rings", "t rings"),
        ("U2", "uz"),
        ("4U", "au"),
        ("1999", "igg"),
        ("Live @ Home", "Live A Home"),
        ("Nickelback", "kcablekcin"),
        ("Party 🇩🇪", "party"),
    ] {
        assert_eq!(held(text, entry), text.starts_with("Party"), "{text} / {entry}");
    }
}

#[test]
fn signs_and_marks_around_letters_hide_no_name() {
    for (entry, walks) in [
        (
            "Nickelback",
            "Nickelback+ | +Nickelback | X+Nickelback | Nickel+back | Nickelback$ | $Nickelback | Nickel!back | NICKELBACK™ | Nickelback²",
        ),
        ("AC/DC", "AC+DC | AC&DC"),
        ("Ellie Goulding", "Ellie+Goulding | Ellie&Goulding"),
        ("嵐", "嵐\u{301} | 嵐\u{3099} | 嵐\u{323} | 嵐\u{e0100}"),
        ("방탄소년단", "방탄소년단\u{301} | 방탄소년단\u{302e}"),
        ("さくら", "さくら\u{301}"),
        ("فيروز", "فيروز\u{301}"),
        ("दिल", "दिल\u{301}"),
    ] {
        for walk in walks.split(" | ") {
            assert!(held(walk, entry), "{walk:?}");
        }
    }
    for (entry, other) in [("ハハ", "パパ"), ("दल", "दिल"), ("มี", "มู"), ("かき", "かぎ"), ("ass", "Class+Grass")]
    {
        assert!(!held(other, entry), "{entry} {other}");
    }
}
