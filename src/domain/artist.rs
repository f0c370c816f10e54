//! Who a song is by, where several are named: the first of them is whose song it is.

use super::fold::{joined, words};

/// Words that always lead to a further artist.
const GUESTS: [&str; 8] = ["feat", "ft", "featuring", "x", "vs", "versus", "presents", "meets"];
/// Behind "and" these begin the rest of one name: Bob Marley & The Wailers, Nick Cave and the Bad Seeds.
const BELONGS: [&str; 4] = ["the", "his", "her", "their"];

/// The first artist, as it is compared: lower case, without accents, without an article.
pub fn lead(artist: &str) -> String {
    let (mut all, mut ends) = (Vec::new(), Vec::new());
    for part in artist.split([',', ';', '、', '，', '؛', '،']) {
        all.extend(words(part));
        ends.push(all.len());
    }
    let written = joined(&all);
    let starts = usize::from(all.len() > 1 && all[0] == "the" && all[1] != "the");
    let at = |n: usize| all.get(n).map_or("", String::as_str);
    let parts = |n: usize| {
        let comma = ends.contains(&n) && at(n) != "the";
        // The x of Lil Nas X, with whoever comes then.
        let named = at(n) == "x" && (ends.contains(&(n + 1)) || at(n + 1) == "and" || GUESTS.contains(&at(n + 1)));
        let guest = GUESTS.contains(&at(n)) && n + 1 < all.len() && !named;
        let and = at(n) == "and" && n + 1 < all.len() && !BELONGS.contains(&at(n + 1));
        comma || guest || and
    };
    let ending = |n: &usize| *n == all.len() || parts(*n);
    let one = (starts + 1..=all.len()).rev().filter(ending).find(|n| is_one(&written[starts..*n].join(" ")));
    let end = one.or_else(|| (starts + 1..all.len()).find(|n| parts(*n))).unwrap_or(all.len());
    written[starts..end].join(" ")
}

/// Whether a name that could be several is known to be one.
fn is_one(name: &str) -> bool {
    ONE.binary_search(&name).is_ok()
}

/// Names with a comma, an "and" or another word of these in them, sorted, as they are compared.
const ONE: [&str; 87] = [
    "above and beyond",
    "al bano and romina power",
    "aly and aj",
    "amadou and mariam",
    "angus and julia stone",
    "ashford and simpson",
    "axwell and ingrosso",
    "belle and sebastian",
    "big and rich",
    "blood sweat and tears",
    "boy meets girl",
    "brian and michael",
    "brooks and dunn",
    "c and c music factory",
    "captain and tennille",
    "chad and jeremy",
    "chas and dave",
    "chase and status",
    "cindy and bert",
    "coheed and cambria",
    "crosby and nash",
    "crosby stills and nash",
    "crosby stills nash and young",
    "dan and shay",
    "daryl hall and john oates",
    "delaney and bonnie",
    "dimitri vegas and like mike",
    "donny and marie",
    "earth wind and fire",
    "emerson lake and palmer",
    "eric b and rakim",
    "eric burdon and war",
    "esther and abi ofarim",
    "flanders and swann",
    "for king and country",
    "foster and allen",
    "gallagher and lyle",
    "guns and roses",
    "hall and oates",
    "hue and cry",
    "ich and ich",
    "ike and tina turner",
    "iron and wine",
    "jan and dean",
    "kid and play",
    "klaus and klaus",
    "kool g rap and dj polo",
    "kruder and dorfmeister",
    "little feat",
    "loggins and messina",
    "love and rockets",
    "matt and kim",
    "me and my",
    "medeski martin and wood",
    "mel and kim",
    "milk and bone",
    "milk and sugar",
    "mumford and sons",
    "nico and vinz",
    "nina and frederik",
    "of monsters and men",
    "pat and mick",
    "peaches and herb",
    "pepsi and shirlie",
    "pete rock and cl smooth",
    "peter and gordon",
    "peter bjorn and john",
    "peter paul and mary",
    "phats and small",
    "renee and renato",
    "robson and jerome",
    "salt and pepa",
    "sam and dave",
    "santo and johnny",
    "seals and crofts",
    "she and him",
    "simon and garfunkel",
    "sly and robbie",
    "sonny and cher",
    "sultan and ned shepard",
    "sunnery james and ryan marciano",
    "tegan and sara",
    "tones and i",
    "w and w",
    "years and years",
    "yolanda be cool and dcup",
    "zager and evans",
];
