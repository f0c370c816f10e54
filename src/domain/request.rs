//! A request: what it is for, the states it goes through, and who may move it from one to another.

use serde::Serialize;

use super::hit::plain;
use super::{EventStatus, GuestId, Match, RequestId, Song, Standing, Timestamp};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pending,
    Approved,
    HandedOver,
    Playing,
    Played,
    Rejected,
    Withdrawn,
    Failed,
}

impl Status {
    /// In the order a request goes through them.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Approved,
        Self::HandedOver,
        Self::Playing,
        Self::Played,
        Self::Rejected,
        Self::Withdrawn,
        Self::Failed,
    ];

    /// The name it has in JSON, in addresses and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::HandedOver => "handed_over",
            Self::Playing => "playing",
            Self::Played => "played",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Failed => "failed",
        }
    }

    /// The state in the middle of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pending => "waiting",
            Self::HandedOver => "handed over",
            other => other.as_str(),
        }
    }

    /// The same of a night: once it is over, what was still to come never came.
    pub fn words_of(self, night: EventStatus) -> &'static str {
        match self {
            Self::Pending if night == EventStatus::Ended => "not decided",
            Self::Approved if night == EventStatus::Ended => "not played",
            other => other.words(),
        }
    }

    /// Reads the names of [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Waiting for a turn: a second request for the same song becomes a vote.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Approved | Self::HandedOver)
    }

    /// In the queue of songs to come.
    pub fn is_queued(self) -> bool {
        matches!(self, Self::Approved | Self::HandedOver)
    }
}

/// What may be done to a request; each moves it between states in one conditional statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Approve,
    Reject,
    Withdraw,
    /// It starts now; whatever played before is over.
    Play,
    Finish,
    /// A second thought: failed goes back into the queue, rejected back to the list.
    Retry,
}

impl Act {
    /// The states this act starts from.
    pub fn from(self) -> &'static [Status] {
        match self {
            Self::Approve => &[Status::Pending],
            Self::Reject | Self::Withdraw => &[Status::Pending, Status::Approved],
            Self::Play => &[Status::Pending, Status::Approved, Status::HandedOver],
            Self::Finish => &[Status::Approved, Status::HandedOver, Status::Playing],
            Self::Retry => &[Status::Failed, Status::Rejected],
        }
    }

    /// The state it leads to from `status`.
    pub fn to(self, status: Status) -> Status {
        match self {
            Self::Reject => Status::Rejected,
            Self::Withdraw => Status::Withdrawn,
            Self::Play => Status::Playing,
            Self::Finish => Status::Played,
            Self::Retry if status == Status::Rejected => Status::Pending,
            Self::Approve | Self::Retry => Status::Approved,
        }
    }

    /// Whether a song comes to be heard by it, or is to be decided on once more.
    pub fn is_a_yes(self) -> bool {
        matches!(self, Self::Approve | Self::Play | Self::Retry)
    }
}

/// What a guest or a host asks for, already parsed.
#[derive(Clone, Debug)]
pub struct Submission {
    pub song: Song,
    pub nickname: Option<String>,
    pub note: Option<String>,
}

/// The name a song was asked for by, where it goes by another since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedAs {
    pub title: String,
    pub artist: String,
}

impl AskedAs {
    /// Whether it says anything else than this name does.
    pub fn differs_from(&self, title: &str, artist: &str) -> bool {
        (plain(&self.title), plain(&self.artist)) != (plain(title), plain(artist))
    }
}

/// One row of the list.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: RequestId,
    /// `None` when the host put it in.
    pub guest: Option<GuestId>,
    pub song: Song,
    pub asked_as: Option<AskedAs>,
    pub matching: Match,
    pub nickname: Option<String>,
    pub note: Option<String>,
    pub status: Status,
    pub votes: i64,
    /// Where it stands among those promised (the next two) or set by the host: rules leave it alone. Any other has none.
    pub place: Option<i64>,
    /// Where it stands in the queue, once the queue was read; only while queued.
    pub standing: Option<Standing>,
    /// Why it failed, in words a DJ understands.
    pub reason: Option<String>,
    pub created_at: Timestamp,
    /// When it was played.
    pub finished_at: Option<Timestamp>,
    /// The event's version at its last change.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::{Act, AskedAs, EventStatus, Status};

    #[test]
    fn a_finished_request_moves_no_more_but_by_a_second_thought() {
        for act in [Act::Approve, Act::Reject, Act::Withdraw, Act::Play, Act::Finish, Act::Retry] {
            for done in [Status::Played, Status::Withdrawn] {
                assert!(!act.from().contains(&done), "{act:?} moves {done:?}");
            }
        }
        assert_eq!(Act::Retry.to(Status::Rejected), Status::Pending);
        assert_eq!(Act::Retry.to(Status::Failed), Status::Approved);
    }

    #[test]
    fn every_state_reads_back_from_its_name() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
        }
    }

    #[test]
    fn each_act_starts_where_it_may_and_leads_where_it_must() {
        let moves = |act: Act| {
            let each = act.from().iter().map(|from| format!("{} to {}", from.as_str(), act.to(*from).as_str()));
            each.collect::<Vec<_>>().join(", ")
        };
        for (act, all, is_a_yes) in [
            (Act::Approve, "pending to approved", true),
            (Act::Reject, "pending to rejected, approved to rejected", false),
            (Act::Withdraw, "pending to withdrawn, approved to withdrawn", false),
            (Act::Play, "pending to playing, approved to playing, handed_over to playing", true),
            (Act::Finish, "approved to played, handed_over to played, playing to played", false),
            (Act::Retry, "failed to approved, rejected to pending", true),
        ] {
            assert_eq!((moves(act).as_str(), act.is_a_yes()), (all, is_a_yes), "{act:?}");
        }
    }

    #[test]
    fn a_second_wish_for_what_waits_is_a_vote_and_only_what_is_approved_is_in_line() {
        let names = |is: fn(Status) -> bool| {
            let those = Status::ALL.into_iter().filter(|status| is(*status));
            those.map(Status::as_str).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(Status::is_open), "pending approved handed_over");
        assert_eq!(names(Status::is_queued), "approved handed_over");
    }

    #[test]
    fn what_was_still_to_come_as_the_night_ended_never_came() {
        let words = |night| Status::ALL.map(|status| status.words_of(night)).join(", ");
        let rest = "playing, played, rejected, withdrawn, failed";
        assert_eq!(words(EventStatus::Live), format!("waiting, approved, handed over, {rest}"));
        assert_eq!(words(EventStatus::Ended), format!("not decided, not played, handed over, {rest}"));
    }

    #[test]
    fn the_name_a_song_was_asked_by_is_told_where_it_is_another() {
        let asked = AskedAs { title: "Fog".into(), artist: "Mara Lind".into() };
        assert!(!asked.differs_from("fog", "MARA LIND"));
        assert!(asked.differs_from("Mist", "Mara Lind") && asked.differs_from("Fog", "Nobody"));
    }
}
