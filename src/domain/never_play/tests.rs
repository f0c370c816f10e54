//! What a line of the do-not-play list bars.

use super::{
    BYTES, Hit, LINES, MOST, NeverPlay, Song, bars_nothing, beginning, characters, is_too_long, line_of, lone_track,
    mark_of, too_many,
};

fn bars(lines: &[&str], title: &str, artist: &str) -> bool {
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    NeverPlay::read(&lines).bars(&Song::named(title, artist))
}

#[test]
fn do_not_play_bars_words_artists_and_titles_but_not_parts_of_words() {
    let lines = ["Nickelback", "wonderwall", "ass"];
    for (title, artist) in [("Photograph", "NICKELBACK"), ("Wonderwall - Remastered", "Oasis"), ("Bad Ass", "X")] {
        assert!(bars(&lines, title, artist), "{title} {artist}");
    }
    assert!(!bars(&lines, "Class", "Grass"));
    assert!(!bars(&["Dancing Queen Abba"], "Dancing", "Abba"), "no dash parts these words");
    let lines = ["R. Kelly", "The Who", "!!!"];
    for (title, artist) in [
        ("Satisfied", "Jay-Z ft. R. Kelly"),
        ("Fiesta (feat. R. Kelly)", "Jay-Z"),
        ("Rockstar (with R Kelly)", "X"),
        ("Ignition", "R\u{200b}. Kel\u{ad}ly"),
        ("Baba O'Riley", "The Who"),
        ("Me and Giuliani", "!!!"),
    ] {
        assert!(bars(&lines, title, artist), "{title} {artist}");
    }
    for (title, artist) in [("Who Let The Dogs Out", "Baha Men"), ("Guess Who", "X"), ("Kelly", "R.")] {
        assert!(!bars(&lines, title, artist), "{title} {artist}");
    }
}

#[test]
fn an_artist_and_a_title_with_any_dash_between_bar_that_song_of_theirs_and_no_other() {
    for line in [
        "Ed Sheeran - Perfect",
        "Perfect - Ed Sheeran",
        "  ed sheeran   –  PERFECT",
        "Ed Sheeran — Perfect",
        "Ed\u{a0}Sheeran\u{a0}−\u{a0}Perfect",
        "Perfect · Ed Sheeran",
        "Ed Sheeran -- Perfect",
        "Ed Sheeran \u{200b}- Perfect",
    ] {
        for (title, artist) in [
            ("Perfect", "Ed Sheeran"),
            ("Perfect - Live", "Ed Sheeran"),
            ("Perfect Duet", "Ed Sheeran, Beyoncé"),
            ("PERFECT (Radio Edit)", "Somebody feat. Ed  Sheeran"),
            ("Ed Sheeran - Perfect", "A Cover Band"),
        ] {
            assert!(
                bars(&[line], title, artist) || line.starts_with('P') && artist == "A Cover Band",
                "{line}: {title} {artist}"
            );
        }
        for (title, artist) in [
            ("Perfect", "Fairground Attraction"),
            ("Shape of You", "Ed Sheeran"),
            ("Imperfect", "Ed Sheeran"),
            ("Ed Sheeran", "Nobody"),
        ] {
            assert!(!bars(&[line], title, artist), "{line}: {title} {artist}");
        }
    }
    assert!(bars(&["Carly Rae Jepsen - Call Me Maybe - Remix"], "Call Me Maybe - Remix", "Carly Rae Jepsen"));
    assert!(bars(&["!!! - Me and Giuliani"], "Me and Giuliani", "!!!"));
    // A dash within a word, and one at an end, part nothing.
    for line in ["Jay-Z", "- Jay-Z", "Jay-Z -"] {
        assert!(bars(&[line], "Any", "Jay-Z"), "{line}");
        assert!(!bars(&[line], "Z", "Jay"), "{line}");
    }
}

#[test]
fn a_song_called_by_a_sign_is_barred_alone_and_not_with_all_else_of_its_artist() {
    for (line, sign) in
        [("Ed Sheeran - ÷", "÷"), ("= - Ed Sheeran", "="), ("Ed Sheeran – 🔥", "🔥"), ("Ed Sheeran - -", "-")]
    {
        assert!(bars(&[line], sign, "Ed Sheeran"), "{line}");
        assert!(!bars(&[line], "Perfect", "Ed Sheeran") && !bars(&[line], sign, "X"), "{line}");
    }
    assert!(!bars(&["!!! - Hello"], "Hello", "Adele") && bars(&["- - Toto"], "Africa", "Toto"));
}

#[test]
fn a_link_bars_its_track_and_the_words_beside_it_what_they_name() {
    let track = Song { track_uri: Some("spotify:track:abc".into()), ..Song::named("Any", "Thing") };
    let same = |line: &str| NeverPlay::read(&[line.to_owned()]).bars(&track);
    for link in ["spotify:track:abc", "https://open.spotify.com/intl-de/track/abc?si=1"] {
        assert!(same(link) && !bars(&[link], "Spotify", "Open"), "{link}");
        assert_eq!(lone_track(link).as_deref(), Some("abc"));
        for line in [format!("Ed Sheeran - Perfect {link}"), format!("<{link}> Ed Sheeran - Perfect")] {
            assert!(same(&line) && bars(&[&line], "Perfect", "Ed Sheeran"), "{line}");
            assert!(!bars(&[&line], "Shape of You", "Ed Sheeran"), "{line}");
            assert_eq!(lone_track(&line), None);
        }
        assert!(bars(&[&format!("Nickelback {link}")], "Photograph", "Nickelback"));
    }
    for line in ["Nickelback", "https://open.spotify.com/album/abc", "spotify:track:a spotify:track:b"] {
        assert_eq!(lone_track(line), None, "{line}");
    }
}

#[test]
fn a_link_to_no_track_bars_nothing_and_takes_nothing_from_the_words_beside_it() {
    for (line, instead) in [
        ("https://spotify.link/AbCdEfGh", "copy the long one"),
        ("spotify.link/AbCdEfGh", "copy the long one"),
        ("https://open.spotify.com/album/abc?si=1", "leads to an album"),
        ("spotify:artist:abc", "leads to an artist"),
        ("- https://open.spotify.com/playlist/abc -", "leads to a playlist"),
        ("https://youtu.be/abc", "“Artist - Title”"),
        ("https://example.com/song https://spotify.link/abc", "“Artist - Title”"),
        ("open.spotify.com/track/short", "not whole"),
        ("- spotify:track:song0000000000000019", "not whole"),
        ("-", "names nobody"),
        ("...", "names nobody"),
        (" _ – _ ", "names nobody"),
    ] {
        let said = bars_nothing(line).unwrap_or_else(|| panic!("{line}"));
        assert!(said.contains("bars nothing") && said.contains(instead), "{line}: {said}");
    }
    for line in [
        "Nickelback",
        "will.i.am",
        "AC/DC",
        "!!!",
        "???",
        "÷",
        "- 1",
        "spotify:track:song000000000000000019",
        "spotify:track:song000000000000000019 https://spotify.link/x",
        "Nickelback spotify:track:short",
    ] {
        assert_eq!(bars_nothing(line), None, "{line}");
    }
    for line in ["\0", "\u{200b}\u{2060}", "a\u{202e}b"] {
        assert!(bars_nothing(line).is_some_and(|said| said.contains("invisible")), "{line:?}");
    }
    for line in ["Nickelback https://open.spotify.com/artist/abc", "https://spotify.link/abc Nickelback - Photograph"] {
        assert_eq!(bars_nothing(line), None, "{line}");
        assert!(bars(&[line], "Photograph", "Nickelback"), "{line}");
    }
}

#[test]
fn a_track_is_written_with_its_artist_its_title_and_its_address() {
    let named = |title: &str, artists: &[&str]| {
        let artists = artists.iter().map(|artist| (*artist).to_owned()).collect();
        line_of(&Hit { uri: Some("spotify:track:abc".into()), title: title.into(), artists, ..Hit::default() })
    };
    let link = "https://open.spotify.com/track/abc";
    for (title, line) in [
        ("Perfect", "Ed Sheeran - Perfect"),
        ("Perfect (feat. Beyoncé) - Remastered 2011", "Ed Sheeran - Perfect"),
        (" Two  Words", "Ed Sheeran - Two Words"),
    ] {
        assert_eq!(named(title, &["Ed Sheeran", "Beyoncé"]), Some(format!("{line} {link}")));
    }
    assert_eq!((named("Perfect", &[]), named(" ", &["Ed Sheeran"]), named("x", &[" "])), (None, None, None));
    assert_eq!(line_of(&Hit { title: "Typed".into(), artists: vec!["X".into()], ..Hit::default() }), None);
    // The longest name fits, and bars the song still.
    let (title, artist) = ("word ".repeat(60), "The Artist");
    let cut = named(&title, &[artist]).unwrap();
    assert!(!is_too_long(&cut) && characters(&cut) > MOST && bars(&[&cut], &title, artist), "{cut}");
    assert_eq!(named(&"x".repeat(200), &[artist]), None);
    assert!(is_too_long(&format!("{} {link}", "x".repeat(MOST + 1))) && is_too_long(&"x".repeat(MOST + 1)));
}

#[test]
fn a_list_and_its_lines_are_taken_to_their_bounds_and_no_further() {
    assert!(too_many(LINES).is_none() && too_many(LINES + 1).is_some());
    let track = "https://open.spotify.com/track/";
    let long = |bytes: usize| format!("{track}{}", "x".repeat(bytes - track.len()));
    assert!(!is_too_long(&long(BYTES)) && is_too_long(&long(BYTES + 1)), "no more bytes, all links");
    let beside = |words: usize| format!("{} {track}abc", "x".repeat(words));
    assert!(!is_too_long(&beside(MOST)) && is_too_long(&beside(MOST + 1)));
}

#[test]
fn a_line_is_told_apart_by_its_first_words_and_by_a_mark_that_is_its_own() {
    assert_eq!(beginning(&format!(" {} ", "x".repeat(40))), "x".repeat(40));
    assert_eq!(beginning(&"x".repeat(41)), format!("{}…", "x".repeat(40)));
    let marks = ["Waltz", "Polka"].map(mark_of);
    assert!(marks[0] != marks[1] && marks[0] == mark_of("Waltz") && marks[0].len() == 12);
}
