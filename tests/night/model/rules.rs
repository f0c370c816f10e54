//! The words of the game: songs, states, what leads where, house rules, and what is answered.

use serde_json::{Value, json};

/// A guest of any party; numbers are never given twice.
pub type Guest = usize;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A way to write a song down. Two are the same song when `key` or `uri` is.
#[derive(Debug)]
pub struct Song {
    pub title: &'static str,
    pub artist: &'static str,
    pub key: &'static str,
    pub by: &'static str,
    pub uri: Option<&'static str>,
    /// Whether the house's do-not-play list, when it has an entry, names it.
    pub barred: bool,
}

const fn song(
    title: &'static str,
    artist: &'static str,
    key: (&'static str, &'static str),
    uri: Option<&'static str>,
) -> Song {
    Song { title, artist, key: key.0, by: key.1, uri, barred: false }
}

/// What is on the list of songs never played, when there is one.
const BARRED: &str = "lambada";
const MONDAY: Option<&str> = Some("spotify:track:2AyFADr9oiBm6gxhWCbGn7");
const LEVELS: Option<&str> = Some("spotify:track:5UqCQaDshqbIk3pkhy4Pjg");

pub const SONGS: [Song; 30] = [
    song("Blue Monday", "New Order", ("monday", "new order"), None),
    song("blue monday - Remastered 2011", "NEW ORDER", ("monday", "new order"), None),
    song("Blue Monday (Radio Edit)", "New Order feat. Nobody", ("monday", "new order"), MONDAY),
    // Another title for the same track.
    song("Blauer Montag", "Neue Ordnung", ("montag", "neue ordnung"), MONDAY),
    song("Levels", "Avicii", ("levels", "avicii"), LEVELS),
    song("LEVELS", "avicii & friends", ("levels", "avicii"), None),
    song("Wake Me Up", "Avicii, Aloe Blacc", ("wake", "avicii"), None),
    song("Señorita", "Shawn Mendes", ("senorita", "mendes"), None),
    song("senorita", "SHAWN MENDES ft. Camila Cabello", ("senorita", "mendes"), None),
    Song { barred: true, ..song("Lambada", "Kaoma", ("lambada", "kaoma"), None) },
    Song { barred: true, ..song("Chorando Se Foi (The Lambada)", "Kaoma", ("chorando", "kaoma"), None) },
    song("One", "U2", ("one", "u2"), None),
    song("One", "Metallica", ("one m", "metallica"), None),
    song("Don't Stop Me Now", "Queen", ("dont stop", "queen"), None),
    song("dont stop me now", "Queen & David Bowie", ("dont stop", "queen"), None),
    song("夜に駆ける", "YOASOBI", ("yoru", "yoasobi"), None),
    song("群青", "YOASOBI", ("gunjou", "yoasobi"), None),
    song("Africa", "Toto", ("africa", "toto"), None),
    song("Hurt (Live)", "Johnny Cash", ("hurt live", "cash"), None),
    song("Hurt", "Johnny Cash", ("hurt", "cash"), None),
    song("Dancing Queen", "ABBA", ("dancing", "abba"), None),
    song("Waterloo", "ABBA", ("waterloo", "abba"), None),
    song("Take On Me", "a-ha", ("take on", "a-ha"), None),
    song("Idilio", "Willie Colón", ("idilio", "colon"), None),
    song("Aguanile", "Héctor Lavoe", ("aguanile", "lavoe"), None),
    song("Mr. Brightside", "The Killers", ("brightside", "killers"), None),
    song("Pink Pony Club", "Chappell Roan", ("pony", "roan"), None),
    song("Running Up That Hill", "Kate Bush", ("hill", "bush"), None),
    song("Enjoy the Silence", "Depeche Mode", ("silence", "mode"), None),
    song("Sweet Dreams", "Eurythmics", ("dreams", "eurythmics"), None),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Approved,
    Playing,
    Played,
    Rejected,
    Withdrawn,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Playing => "playing",
            Self::Played => "played",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn waits(self) -> bool {
        matches!(self, Self::Pending | Self::Approved)
    }

    /// Was it heard tonight?
    pub fn heard(self) -> bool {
        matches!(self, Self::Playing | Self::Played)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Approve,
    Reject,
    Playing,
    Played,
    Retry,
}

impl Act {
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Playing => "playing",
            Self::Played => "played",
            Self::Retry => "retry",
        }
    }

    /// The states it suits.
    pub fn suits(self) -> &'static [State] {
        match self {
            Self::Approve => &[State::Pending],
            Self::Reject | Self::Playing => &[State::Pending, State::Approved],
            Self::Played => &[State::Approved, State::Playing],
            Self::Retry => &[State::Rejected],
        }
    }

    pub fn leads_to(self) -> State {
        match self {
            Self::Approve => State::Approved,
            Self::Reject => State::Rejected,
            Self::Playing => State::Playing,
            Self::Played => State::Played,
            Self::Retry => State::Pending,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Arrival,
    Votes,
    Fair,
}

impl Order {
    pub fn word(self) -> &'static str {
        match self {
            Self::Arrival => "arrival",
            Self::Votes => "votes",
            Self::Fair => "fair",
        }
    }
}

/// The house rules, as far as they do not hang on the clock.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub struct Rules {
    pub auto_approve: bool,
    pub order: Order,
    pub max_active: usize,
    pub max_per_hour: usize,
    /// A song heard does not come again tonight.
    pub song_rests: bool,
    /// Nor does anything else of its artist.
    pub artist_rests: bool,
    pub barred: bool,
}

impl Rules {
    pub fn json(&self) -> Value {
        let rest = |rests| if rests { DAY_MS } else { 0 };
        json!({
            "auto_approve": self.auto_approve,
            "order": self.order.word(),
            "max_active_per_guest": self.max_active,
            "max_per_hour": self.max_per_hour,
            "min_gap_ms": 0,
            "replay_cooldown_ms": rest(self.song_rests),
            "artist_cooldown_ms": rest(self.artist_rests),
            "do_not_play": if self.barred { vec![BARRED] } else { vec![] },
        })
    }
}

/// A request as everyone sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub id: String,
    pub title: String,
    pub status: String,
    pub votes: u64,
    pub position: Option<u64>,
    pub why: Option<String>,
    pub timed: bool,
}

impl Shown {
    pub fn read(request: &Value) -> Self {
        let text = |name: &str| request[name].as_str().unwrap_or_else(|| panic!("no {name}: {request}")).to_owned();
        Self {
            id: text("id"),
            title: text("title"),
            status: text("status"),
            votes: request["votes"].as_u64().unwrap_or_else(|| panic!("no votes: {request}")),
            position: request["position"].as_u64(),
            why: request["why"].as_str().map(str::to_owned),
            timed: request["wait_ms"].is_u64(),
        }
    }

    /// As a report of an ended night has it, whose line follows no rule any more.
    pub fn kept(self) -> Self {
        Self { why: None, ..self }
    }
}

/// What a call is answered when it is taken.
#[derive(Debug)]
pub struct Yes {
    pub status: u16,
    pub request: Option<Shown>,
    pub merged: Option<bool>,
}

/// What a call is answered when it is refused.
#[derive(Debug)]
pub struct No {
    pub status: u16,
    pub code: &'static str,
    /// The request as it is, where its state is the reason.
    pub request: Option<Box<Shown>>,
}

pub type Verdict = Result<Yes, No>;

pub fn no<T>(status: u16, code: &'static str) -> Result<T, No> {
    Err(No { status, code, request: None })
}

impl Yes {
    pub fn plain(status: u16) -> Self {
        Self { status, request: None, merged: None }
    }

    pub fn with(request: Shown) -> Self {
        Self { request: Some(request), ..Self::plain(200) }
    }
}

/// Whether two ways to write a song down mean one song. No box of these parties can look a track up: an address counts
/// only from the house itself.
pub fn same((one, ours): (&Song, bool), (other, theirs): (&Song, bool)) -> bool {
    one.key == other.key || ours && theirs && one.uri.is_some() && one.uri == other.uri
}
