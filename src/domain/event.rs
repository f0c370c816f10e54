//! An event: one night, with its PIN, its code and its end.

use serde::Serialize;

use super::digits::{filler, value};
use super::{EventId, Timestamp};

/// Where an event stands; `live` and `paused` are the active ones, a DJ has at most one of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EventStatus {
    Live,
    Paused,
    Ended,
}

impl EventStatus {
    /// The name it has in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// Reads `live`, `paused` or `ended`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Live, Self::Paused, Self::Ended].into_iter().find(|status| status.as_str() == text)
    }
}

/// Four digits a guest types; never one that is guessed first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Pin(String);

impl Pin {
    /// Takes exactly four digits as somebody's try or as a stored PIN: in the digits of any script, and with spaces or
    /// hyphens wherever a person or their keyboard puts them.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Option<String> = text.chars().filter(|c| !filler(*c)).map(value).collect();
        digits.filter(|digits| digits.len() == 4).map(Self)
    }

    /// Draws a PIN from random numbers, passing over the trivial ones.
    pub fn draw(mut random: impl FnMut() -> u16) -> Self {
        loop {
            let pin = Self(format!("{:04}", random() % 10_000));
            if !pin.is_trivial() {
                return pin;
            }
        }
    }

    /// One digit repeated, a run up or down, a pair twice, or a year of our time.
    pub fn is_trivial(&self) -> bool {
        let d = self.0.as_bytes();
        let step = |by: i16| d.windows(2).all(|w| i16::from(w[1]) - i16::from(w[0]) == by);
        let paired = d[0] == d[2] && d[1] == d[3] || d[0] == d[1] && d[2] == d[3];
        step(0) || step(1) || step(-1) || paired || self.0.starts_with("19") || self.0.starts_with("20")
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The secret in the QR code that stands in for the PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinToken(pub String);

/// One night of one DJ.
#[derive(Clone)]
pub struct Event {
    pub id: EventId,
    pub name: String,
    pub status: EventStatus,
    pub pin: Pin,
    pub join_token: JoinToken,
    pub requests_open: bool,
    pub started_at: Timestamp,
    pub expires_at: Timestamp,
    /// Grows with every change of the event, its requests, votes and playback.
    pub version: i64,
}

/// The event as its host sees it, with the ways in.
#[derive(Clone, Debug, Serialize)]
pub struct EventCard {
    pub id: EventId,
    pub name: String,
    pub status: EventStatus,
    pub pin: Pin,
    pub join_url: String,
    pub requests_open: bool,
    pub started_at: Timestamp,
    pub expires_at: Timestamp,
    pub version: i64,
}

impl Event {
    /// Hours from start to the end that comes by itself.
    pub const HOURS: i64 = 24;

    /// Whether guests may still come in at `now`.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.status != EventStatus::Ended && now < self.expires_at
    }

    /// The host's view of it, `join_url` being the address in the QR code.
    pub fn card(&self, join_url: String) -> EventCard {
        EventCard {
            id: self.id.clone(),
            name: self.name.clone(),
            status: self.status,
            pin: self.pin.clone(),
            join_url,
            requests_open: self.requests_open,
            started_at: self.started_at,
            expires_at: self.expires_at,
            version: self.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pin;

    #[test]
    fn a_pin_that_is_guessed_first_is_never_drawn() {
        for trivial in ["0000", "1234", "4321", "9999", "1212", "1122", "1984", "2026", "7890"] {
            let pin = Pin::parse(trivial).unwrap();
            assert_eq!(pin.is_trivial(), trivial != "7890", "{trivial}");
        }
        let mut numbers = [0, 1234, 4729].into_iter();
        assert_eq!(Pin::draw(|| numbers.next().unwrap()).as_str(), "4729");
    }

    #[test]
    fn a_pin_is_four_digits() {
        assert!(Pin::parse(" 4729 ").is_some());
        for odd in ["", "472", "47290", "47a9", "47.9", "½729", "④729", "四七二九"] {
            assert!(Pin::parse(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_pin_is_the_same_in_the_digits_of_any_script_with_spaces_and_hyphens() {
        for same in [
            "4729",
            "47 29",
            "47-29",
            "4–7–2–9",
            "\u{a0}4\u{202f}7 2 9",
            "\u{200e}4729\u{200f}",
            "４７２９",
            "٤٧٢٩",
            "۴۷۲۹",
            "४७२९",
            "৪৭২৯",
            "๔๗๒๙",
            "𝟜𝟟𝟚𝟡",
            "４7٢९",
        ] {
            assert_eq!(Pin::parse(same).unwrap().as_str(), "4729", "{same}");
        }
    }
}
