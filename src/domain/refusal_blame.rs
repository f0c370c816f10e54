//! Whose fault it is that Spotify refuses: one song's, or trouble with every song. Only another song that is taken tells.

use std::collections::BTreeMap;

use super::{OpenRequest, RequestId, Timestamp};

/// So often the same song is refused before another is tried in its place.
const TWICE: u32 = 2;
/// Others tried before it counts as trouble with every song: when it begins, and each time after that.
const OTHERS: usize = 2;
const OTHERS_LATER: usize = 1;
/// What is refused now and what is taken later than this say nothing of each other.
const FRESH_MS: i64 = 60_000;

/// What one DJ's songs ran into since Spotify last took one. It need not outlive a restart: two more refusals bring it back.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    refused: BTreeMap<RequestId, u32>,
    accused: Option<Accused>,
    /// The song whose last answer was that Spotify broke down over it.
    broken: Option<RequestId>,
}

/// A song that was refused again, and what was tried to learn whether it is the only one.
#[derive(Clone, Debug)]
struct Accused {
    id: RequestId,
    why: String,
    at: Timestamp,
    titles: Vec<String>,
    /// Songs tried in its place, and where they go back to.
    others: Vec<(RequestId, Option<i64>)>,
}

/// What follows from a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// The same song is tried once more.
    Again,
    /// Another is tried in its place.
    Another,
    /// Songs of these titles were refused alike: it is not theirs to answer for.
    All(Vec<String>),
}

impl Trial {
    /// Whether another song is to be tried in place of the head of the queue.
    pub fn accuses(&self, head: &RequestId, now: Timestamp) -> bool {
        self.fresh(now).is_some_and(|accused| accused.id == *head)
    }

    /// Of the songs in the queue the one to be tried in place of the accused: one refused least often, and of these the
    /// first.
    pub fn pick(&self, queue: &[RequestId]) -> Option<RequestId> {
        let accused = self.accused.as_ref()?;
        let open = |id: &&RequestId| **id != accused.id && accused.others.iter().all(|(other, _)| other != *id);
        queue.iter().filter(open).min_by_key(|id| self.refused.get(*id).copied().unwrap_or(0)).cloned()
    }

    /// Notes that a song is tried out of its turn; it stood at `place`.
    pub fn tries(&mut self, other: &RequestId, place: Option<i64>) {
        if let Some(accused) = &mut self.accused {
            accused.others.push((other.clone(), place));
        }
    }

    /// Where a song goes back to that was tried out of its turn; `None` where it was not.
    pub fn stood(&self, id: &RequestId) -> Option<Option<i64>> {
        let others = self.accused.iter().flat_map(|accused| &accused.others);
        others.filter(|(other, _)| other == id).map(|(_, place)| *place).next_back()
    }

    /// Weighs the refusal of a song for a reason that may lie in the song.
    pub fn refused(&mut self, request: &OpenRequest, why: String, now: Timestamp) -> Ruling {
        if self.fresh(now).is_none() {
            self.accused = None;
        }
        let times = self.refused.entry(request.id.clone()).or_default();
        *times += 1;
        let times = *times;
        let title = request.song.title.clone();
        if let Some(accused) = self.accused.as_mut().filter(|accused| accused.id != request.id) {
            accused.titles.push(title);
            let first = self.refused.get(&accused.id).is_some_and(|times| *times <= TWICE);
            if accused.others.len() < if first { OTHERS } else { OTHERS_LATER } {
                return Ruling::Another;
            }
            return Ruling::All(self.acquit().0);
        }
        if times < TWICE {
            return Ruling::Again;
        }
        self.accused = Some(Accused { id: request.id.clone(), why, at: now, titles: vec![title], others: vec![] });
        Ruling::Another
    }

    /// Nobody is accused any more; answers the titles of those that were refused, and why the first was.
    pub fn acquit(&mut self) -> (Vec<String>, String) {
        self.accused.take().map(|accused| (accused.titles, accused.why)).unwrap_or_default()
    }

    /// Spotify took a song: what was refused a moment ago was refused for itself. Answers which song gives way, and why.
    pub fn taken(&mut self, id: &RequestId, now: Timestamp) -> Option<(RequestId, String)> {
        let guilty = self.fresh(now).filter(|accused| accused.id != *id);
        let guilty = guilty.map(|accused| (accused.id.clone(), accused.why.clone()));
        *self = Self::default();
        guilty
    }

    /// Notes that Spotify broke down over a song: it may have taken it, and where it has not, that was a refusal.
    pub fn broke(&mut self, id: &RequestId) {
        self.broken = Some(id.clone());
    }

    /// Whether Spotify last broke down over this song; the question is put once.
    pub fn has_broken(&mut self, id: &RequestId) -> bool {
        self.broken.take().is_some_and(|broken| broken == *id)
    }

    fn fresh(&self, now: Timestamp) -> Option<&Accused> {
        self.accused.as_ref().filter(|accused| (0..=FRESH_MS).contains(&now.ms_since(accused.at)))
    }
}

#[cfg(test)]
mod tests {
    use super::{OpenRequest, RequestId, Ruling, Timestamp, Trial};
    use crate::domain::{Song, Status};

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn songs() -> Vec<OpenRequest> {
        let request = |title: &str| OpenRequest {
            id: RequestId::fresh(),
            status: Status::Approved,
            song: Song::named(title, "Somebody"),
        };
        ["A", "B", "C", "D"].map(request).into()
    }

    fn refused(trial: &mut Trial, request: &OpenRequest) -> Ruling {
        trial.refused(request, "no".into(), NOW)
    }

    /// The first song was refused twice.
    fn accused(songs: &[OpenRequest]) -> Trial {
        let mut trial = Trial::default();
        assert_eq!(refused(&mut trial, &songs[0]), Ruling::Again);
        assert_eq!(refused(&mut trial, &songs[0]), Ruling::Another);
        trial
    }

    #[test]
    fn a_song_refused_twice_gives_way_once_another_is_taken() {
        let songs = songs();
        let mut trial = accused(&songs);
        assert!(trial.accuses(&songs[0].id, NOW) && !trial.accuses(&songs[1].id, NOW));
        assert_eq!(trial.taken(&songs[1].id, NOW), Some((songs[0].id.clone(), "no".into())));
        assert!(!trial.accuses(&songs[0].id, NOW));
    }

    #[test]
    fn what_is_taken_much_later_accuses_nobody() {
        let songs = songs();
        let mut trial = accused(&songs);
        let later = NOW.plus_ms(61_000);
        assert!(!trial.accuses(&songs[0].id, later));
        assert_eq!(trial.taken(&songs[1].id, later), None);
        let mut trial = accused(&songs);
        assert_eq!(trial.taken(&songs[0].id, NOW), None, "it was taken itself");
    }

    #[test]
    fn songs_refused_alike_are_not_to_blame_and_each_is_tried_in_its_time() {
        let (songs, ids) =
            (songs(), |songs: &[OpenRequest]| songs.iter().map(|song| song.id.clone()).collect::<Vec<_>>());
        let queue = ids(&songs);
        let mut trial = accused(&songs);
        for at in [1, 2] {
            assert_eq!(trial.pick(&queue), Some(queue[at].clone()));
            trial.tries(&queue[at], Some(7));
            assert_eq!(trial.stood(&queue[at]), Some(Some(7)));
            let ruling = refused(&mut trial, &songs[at]);
            let all = Ruling::All(["A", "B", "C"].map(str::to_owned).into());
            assert_eq!(ruling, if at == 1 { Ruling::Another } else { all });
        }
        assert_eq!(refused(&mut trial, &songs[0]), Ruling::Another, "a third time");
        assert_eq!(trial.pick(&queue), Some(queue[3].clone()), "the one that was not refused yet");
        trial.tries(&queue[3], None);
        assert_eq!(refused(&mut trial, &songs[3]), Ruling::All(["A", "D"].map(str::to_owned).into()));
    }

    #[test]
    fn whether_spotify_broke_down_over_a_song_is_asked_once() {
        let songs = songs();
        let mut trial = Trial::default();
        assert!(!trial.has_broken(&songs[0].id));
        trial.broke(&songs[0].id);
        assert!(trial.has_broken(&songs[0].id) && !trial.has_broken(&songs[0].id));
        trial.broke(&songs[0].id);
        assert!(!trial.has_broken(&songs[1].id), "it broke down over another");
    }

    #[test]
    fn a_song_tried_out_of_its_turn_goes_back_where_it_stood_last() {
        let songs = songs();
        let mut trial = accused(&songs);
        trial.tries(&songs[1].id, Some(7));
        trial.tries(&songs[2].id, Some(8));
        trial.tries(&songs[1].id, None);
        assert_eq!([1, 2, 3].map(|at| trial.stood(&songs[at].id)), [Some(None), Some(Some(8)), None]);
    }

    #[test]
    fn neither_the_accused_nor_one_that_was_tried_already_is_tried_in_its_place() {
        let songs = songs();
        let queue: Vec<_> = songs[..3].iter().map(|song| song.id.clone()).collect();
        let mut trial = accused(&songs);
        assert_eq!(trial.pick(&queue[..1]), None, "it stands alone in line");
        trial.tries(&queue[1], None);
        assert_eq!(trial.pick(&queue), Some(queue[2].clone()));
        trial.tries(&queue[2], None);
        assert_eq!(trial.pick(&queue), None);
    }

    #[test]
    fn an_accusation_is_dropped_after_a_minute_and_one_by_a_clock_put_back_at_once() {
        let songs = songs();
        for (ms, accuses) in [(-1, false), (0, true), (60_000, true), (60_001, false)] {
            assert_eq!(accused(&songs).accuses(&songs[0].id, NOW.plus_ms(ms)), accuses, "{ms}");
        }
        let mut trial = accused(&songs);
        trial.tries(&songs[1].id, None);
        let later = trial.refused(&songs[1], "no".into(), NOW.plus_ms(60_001));
        assert_eq!(later, Ruling::Again, "the refusal stands alone");
        assert_eq!(trial.acquit(), (vec![], String::new()));
    }
}
