//! Which songs are one: two spellings meet, two songs do not, in whatever script.

use partyplaylist::domain::{HouseRules, Refusal, Song, plain};
use unicode_normalization::UnicodeNormalization;

struct Pair {
    same: bool,
    songs: [Song; 2],
    line: String,
}

fn pairs() -> Vec<Pair> {
    lines(include_str!("pairs.txt"))
        .map(|line| {
            let fields: Vec<String> = line.split('|').map(|field| unescaped(field.trim())).collect();
            let [sign, title, artist, other, by, _why] = <[String; 6]>::try_from(fields).expect(line);
            let song = |title, artist: String| Song::named(title, if artist.is_empty() { "X".into() } else { artist });
            Pair { same: sign == "=", songs: [song(title, artist), song(other, by)], line: line.to_owned() }
        })
        .collect()
}

/// The lines of a table that say something.
pub fn lines(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// Characters nobody sees are written as `\u{200b}`.
pub fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        plain.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        plain.push_str(rest);
    }
    plain
}

#[test]
fn two_hundred_pairs_in_ten_scripts_are_one_song_or_two() {
    let pairs = pairs();
    assert!(pairs.len() >= 200, "{}", pairs.len());
    let wrong: Vec<&str> = pairs
        .iter()
        .filter(|pair| (pair.songs[0].key() == pair.songs[1].key()) != pair.same)
        .map(|pair| pair.line.as_str())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What people do to a name to get it past a list.
fn disguises(text: &str) -> Vec<String> {
    let each = |change: &dyn Fn(char) -> String| text.chars().map(change).collect::<String>();
    let wide = |c: char| match u32::from(c) {
        code @ 0x21..=0x7e => char::from_u32(code + 0xfee0).unwrap().to_string(),
        _ => c.to_string(),
    };
    let latin = |c: char| c.is_ascii_alphabetic();
    let after = |mark: &str| each(&|c| if latin(c) { format!("{c}{mark}") } else { c.to_string() });
    let mut all = vec![
        text.to_uppercase(),
        text.to_lowercase(),
        text.nfd().collect(),
        text.nfkd().collect(),
        text.nfc().collect(),
        each(&wide),
        after("\u{200b}"),
        after("\u{ad}"),
        after("\u{301}"),
        after("\u{308}"),
        text.replace(' ', "  "),
        text.replace(' ', "\u{a0}"),
        text.replace(' ', " - "),
        format!("«{text}»"),
        format!("{text}!!!"),
        format!("... {text} (Radio Edit)"),
        format!("The Best Of {text}"),
    ];
    for apostrophe in ['’', '‘', 'ʼ', '´', '`', '′', '＇', 'ʹ'] {
        all.push(text.replace('\'', &apostrophe.to_string()));
    }
    for (plain, other) in [('o', 'ø'), ('d', 'đ'), ('l', 'ł'), ('h', 'ħ'), ('i', 'ı'), ('a', 'å')] {
        all.push(text.replace(plain, &other.to_string()));
    }
    // A letter of another alphabet within a word; in the place of all its letters it would be another word.
    let still_latin = |text: &String| text.contains(|c: char| c.is_ascii_alphabetic());
    let alike = LOOK_ALIKES.split(' ').map(|pair| pair.split_once('=').unwrap());
    all.extend(alike.map(|(plain, other)| text.replace(plain, other)).filter(still_latin));
    all.extend(LETTERS.iter().map(|letters| each(&|c| redrawn(c, letters))));
    all.extend(digits_for_letters(text));
    all.extend(upside_down(text));
    all
}

/// The letters from a to z in other shapes.
const LETTERS: [&str; 6] = [
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ",
    "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖqʳˢᵗᵘᵛʷˣʸᶻ",
    "ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩ",
    "🅐🅑🅒🅓🅔🅕🅖🅗🅘🅙🅚🅛🅜🅝🅞🅟🅠🅡🅢🅣🅤🅥🅦🅧🅨🅩",
    "🅰🅱🅲🅳🅴🅵🅶🅷🅸🅹🅺🅻🅼🅽🅾🅿🆀🆁🆂🆃🆄🆅🆆🆇🆈🆉",
    "🇦🇧🇨🇩🇪🇫🇬🇭🇮🇯🇰🇱🇲🇳🇴🇵🇶🇷🇸🇹🇺🇻🇼🇽🇾🇿",
];

fn redrawn(c: char, letters: &str) -> String {
    let letter = ('a'..='z').position(|letter| letter == c.to_ascii_lowercase());
    letter.and_then(|at| letters.chars().nth(at)).unwrap_or(c).to_string()
}

/// Digits and signs within words that are long enough to be known by the rest.
fn digits_for_letters(text: &str) -> Vec<String> {
    let is_long = plain(text).replace(' ', "").len() > 3;
    let pairs = "o0 i1 l1 e3 a4 s5 t7 b8 g9 a@ s$ e€".split(' ').filter(|_| is_long);
    let swapped = |pair: &str| {
        let (letter, sign) = (&pair[..1], &pair[1..]);
        let word = |word: &str| {
            let other = word.replace(letter, sign).replace(&letter.to_uppercase(), sign);
            if other.contains(char::is_alphabetic) { other } else { word.to_owned() }
        };
        text.split(' ').map(word).collect::<Vec<_>>().join(" ")
    };
    pairs.map(swapped).collect()
}

fn upside_down(text: &str) -> Option<String> {
    let turned = |c: char| {
        let at = "abcdefghijklmnpqrtuvwy69".chars().position(|letter| letter == c);
        at.and_then(|at| "ɐqɔpǝɟƃɥᴉɾʞןɯudbɹʇnʌʍʎ96".chars().nth(at)).unwrap_or(c)
    };
    let small: String = text.nfc().flat_map(char::to_lowercase).collect();
    let turned: String = small.chars().rev().map(turned).collect();
    turned.contains(['ɐ', 'ɔ', 'ǝ', 'ɟ', 'ƃ', 'ɥ', 'ᴉ', 'ɾ', 'ʞ', 'ן', 'ɯ', 'ɹ', 'ʇ', 'ʌ', 'ʍ', 'ʎ']).then_some(turned)
}

const LOOK_ALIKES: &str = "a=а e=е o=о p=р c=с s=ѕ i=і y=у x=х j=ј h=һ k=к l=ӏ t=т m=м a=α o=ο i=ι v=ν k=κ u=υ o=օ u=ս n=ո \
    A=А B=В E=Е K=К M=М H=Н O=О P=Р C=С T=Т X=Х I=І S=Ѕ A=Α B=Β E=Ε Z=Ζ H=Η I=Ι K=Κ M=Μ N=Ν O=Ο P=Ρ T=Τ Y=Υ X=Χ A=Ꭺ O=ⲟ";

#[test]
fn no_disguise_gets_a_song_past_the_list_and_no_other_song_is_stopped_by_it() {
    let barring = |entry: &str| HouseRules { do_not_play: vec![entry.to_owned()], ..HouseRules::default() };
    let is_barred = |rules: &HouseRules, song: &Song| rules.allow(song) == Err(Refusal::DoNotPlay);
    for Pair { same, songs: [one, other], line } in pairs() {
        let rules = barring(&one.title);
        for title in disguises(&one.title).into_iter().filter(|_| !plain(&one.title).is_empty()) {
            assert!(is_barred(&rules, &Song::named(&title, "X")), "{line}: {title}");
        }
        for artist in disguises(&one.artist).into_iter().filter(|_| !plain(&one.artist).is_empty()) {
            assert!(is_barred(&barring(&one.artist), &Song::named("Y", &artist)), "{line}: by {artist}");
        }
        let together = |text: &str| plain(text).replace(' ', "");
        // Nor past a line with both their names, whichever stands first.
        let both = [format!("{} - {}", one.artist, one.title), format!("{} — {}", one.title, one.artist)];
        for rules in both.map(|line| barring(&line)) {
            let (judge, by) = (rules.judge(), &one.artist);
            if plain(&one.title).is_empty() || plain(by).is_empty() {
                continue;
            }
            let titles = disguises(&one.title).into_iter().map(|title| Song::named(title, by));
            let artists = disguises(by).into_iter().map(|artist| Song::named(&one.title, artist));
            for song in titles.chain(artists) {
                assert_eq!(judge.allow(&song), Err(Refusal::DoNotPlay), "{line}: {song:?}");
            }
            let holds = |text: &str, name: &str| together(text).contains(&together(name));
            let both = |one: &str, two: &str| holds(&other.title, one) && holds(&other.artist, two);
            let is_named = both(&one.title, by) || both(by, &one.title);
            let in_one = [&other.title, &other.artist].iter().any(|text| holds(text, &one.title) && holds(text, by));
            if !same && !is_named && !in_one {
                assert_eq!(judge.allow(&other), Ok(()), "{line}: {:?}", rules.do_not_play);
            }
        }
        // An entry bars whatever has its words in it, however they are spaced: other editions of the song among them.
        let holds = |text: &str| together(text).contains(&together(&one.title));
        if !same && !holds(&other.title) && !holds(&other.artist) {
            assert!(!is_barred(&rules, &other), "{line}");
        }
    }
}
