//! What an order that the DJ sets by hand comes to: which songs have a place by it, and which of them a hand has moved.

use std::collections::{HashMap, HashSet};

use super::RequestId;

/// A song in the queue, as much of it as an order by hand depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub id: RequestId,
    /// Where it stands among those promised or set by hand; `None` for one that stands by the rules.
    pub place: Option<i64>,
}

/// What becomes of a queue by an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reordered {
    /// The songs that get a place, the first of them `first`, each further one the next. Only which is less counts: a place
    /// before all others may be negative, and the others keep theirs.
    pub set: Vec<RequestId>,
    /// The place of the first of `set`.
    pub first: i64,
    /// The songs that a hand took and put elsewhere; the others made way for them.
    pub moved: Vec<RequestId>,
}

/// The songs of a queue that an order leaves out.
pub fn left_out<'a>(queue: &'a [Placed], wanted: &[RequestId]) -> Vec<&'a RequestId> {
    let wanted: HashSet<&RequestId> = wanted.iter().collect();
    queue.iter().map(|song| &song.id).filter(|id| !wanted.contains(id)).collect()
}

/// Sets the order of `queue`, which is given from its head, to `wanted`: songs of it, each once. What that leaves out goes
/// below; where all of it is `new` to whoever sent the order, they meant the whole queue, and it stands by the rules. Places
/// are set down to the last song that moves, before all that are left where they were; those at the end that stand so
/// already keep theirs, so that a song dragged to the top is one to be set.
pub fn reorder(queue: &[Placed], wanted: &[RequestId], new: bool) -> Reordered {
    let left_out = left_out(queue, wanted);
    let hidden: HashSet<&RequestId> = left_out.iter().copied().filter(|_| new).collect();
    let before: Vec<&RequestId> = queue.iter().map(|song| &song.id).filter(|id| !hidden.contains(id)).collect();
    let below = left_out.into_iter().filter(|id| !hidden.contains(id));
    let after: Vec<&RequestId> = wanted.iter().chain(below).collect();
    let (set, first) = places(queue, &wanted[..set_by_hand(wanted.len(), &before, &after)]);
    Reordered { set: set.to_vec(), first, moved: moved(&before, &after) }
}

/// How many of the `wanted` have to be set by hand: down to the last song that moves.
fn set_by_hand(wanted: usize, before: &[&RequestId], after: &[&RequestId]) -> usize {
    let same = after.iter().rev().zip(before.iter().rev()).take_while(|(id, one)| id == one).count();
    wanted.min(before.len() - same)
}

/// Which of these, that go before all others, need a place, and the first of them.
fn places<'a>(queue: &[Placed], wanted: &'a [RequestId]) -> (&'a [RequestId], i64) {
    let moved: HashSet<&RequestId> = wanted.iter().collect();
    let places: HashMap<&RequestId, i64> = queue.iter().filter_map(|song| Some((&song.id, song.place?))).collect();
    let others = places.iter().filter(|(id, _)| !moved.contains(*id));
    let (mut first, mut end) = (others.map(|(_, place)| *place).min().unwrap_or(1), wanted.len());
    while let Some(place) = end.checked_sub(1).and_then(|at| places.get(&wanted[at])).filter(|place| **place < first) {
        (first, end) = (*place, end - 1);
    }
    (&wanted[..end], first - i64::try_from(end).unwrap_or(i64::MAX))
}

/// The songs that a hand took and put elsewhere: where one was, the others made way for it. Of two that changed places it
/// was either; where more is new, all that stand elsewhere.
fn moved(before: &[&RequestId], after: &[&RequestId]) -> Vec<RequestId> {
    let pairs = || before.iter().zip(after);
    let head = pairs().take_while(|(one, other)| one == other).count();
    let tail = pairs().skip(head).rev().take_while(|(one, other)| one == other).count();
    let (before, after) = (&before[head..before.len() - tail], &after[head..after.len() - tail]);
    let Some(end) = before.len().checked_sub(1) else { return vec![] };
    let (down, up) = (before[1..] == after[..end], before[..end] == after[1..]);
    let taken = |at: usize| !down && !up || down && at == 0 || up && at == end;
    before.iter().enumerate().filter(|(at, _)| taken(*at)).map(|(_, id)| RequestId::clone(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Placed, RequestId, left_out, reorder};
    use crate::domain::Id;

    fn ids(names: &str) -> Vec<RequestId> {
        names.split_whitespace().map(|name| Id::parse(name).unwrap()).collect()
    }

    /// Songs from the head of the queue, each by its name, and behind a colon its place.
    fn queue(songs: &str) -> Vec<Placed> {
        let one = |song: &str| {
            let (name, place) = song.split_once(':').map_or((song, None), |(name, place)| (name, place.parse().ok()));
            Placed { id: Id::parse(name).unwrap(), place }
        };
        songs.split_whitespace().map(one).collect()
    }

    fn names(ids: &[RequestId]) -> String {
        ids.iter().map(RequestId::as_str).collect::<Vec<_>>().join(" ")
    }

    /// The queue by places as an order leaves it, those without one behind as they were; which were set, and which moved.
    fn after(songs: &str, wanted: &str, new: bool) -> (String, String, String) {
        let (mut songs, wanted) = (queue(songs), ids(wanted));
        let done = reorder(&songs, &wanted, new);
        for (place, id) in (done.first..).zip(&done.set) {
            songs.iter_mut().filter(|song| song.id == *id).for_each(|song| song.place = Some(place));
        }
        songs.sort_by_key(|song| (song.place.is_none(), song.place));
        let order: Vec<RequestId> = songs.into_iter().map(|song| song.id).collect();
        (names(&order), names(&done.set), names(&done.moved))
    }

    #[track_caller]
    fn comes_to(songs: &str, wanted: &str, (order, set, moved): (&str, &str, &str)) {
        for new in [false, true] {
            assert_eq!(after(songs, wanted, new), (order.into(), set.into(), moved.into()), "{new}");
        }
    }

    #[test]
    fn a_song_dragged_up_is_set_with_all_that_stand_above_where_it_came_from() {
        comes_to("a b c d e", "a d b c e", ("a d b c e", "a d b c", "d"));
    }

    #[test]
    fn a_song_dragged_down_is_set_with_all_that_stand_above_where_it_went() {
        comes_to("a b c d e", "b c a d e", ("b c a d e", "b c a", "a"));
    }

    #[test]
    fn a_song_dragged_to_the_top_of_a_line_set_by_hand_is_all_that_is_set() {
        comes_to("a:-3 b:-2 c:-1 d:0 e", "d a b c e", ("d a b c e", "d", "d"));
        comes_to("a:1 b:2 c:7 d", "c a b d", ("c a b d", "c a b", "c"));
    }

    #[test]
    fn what_is_set_goes_before_all_that_keep_their_places() {
        comes_to("a:5 b:6 c:7 d:8", "b a c d", ("b a c d", "b", "a b"));
        let first = |songs: &str, wanted: &str| reorder(&queue(songs), &ids(wanted), false).first;
        assert_eq!(first("a:5 b:6 c:7 d:8", "b a c d"), 4, "before the one it is to precede");
        assert_eq!(first("a:5 b:6 c d", "d"), 4, "before all that were left where they were");
        assert_eq!(first("a:5 b:6 c d", "d c"), 3, "two of them");
        assert_eq!(first("a b c", "c a b"), -2, "with none set before, the last is before where places begin");
    }

    #[test]
    fn a_song_that_has_its_place_together_with_one_left_where_it_was_gets_its_own() {
        assert_eq!(after("a:1 b:1 c", "c a", false), ("c a b".into(), "c a".into(), "c".into()));
    }

    #[test]
    fn the_order_that_is_there_sets_nothing_and_moves_nothing() {
        comes_to("a:1 b:2 c d", "a b c d", ("a b c d", "", ""));
        comes_to("", "", ("", "", ""));
        assert_eq!(after("a:1 b", "", false), ("a b".into(), String::new(), String::new()));
        assert_eq!(after("a:1 b", "", true), ("a b".into(), String::new(), String::new()));
    }

    #[test]
    fn of_two_that_changed_places_it_was_either_and_where_more_is_new_all_that_stand_elsewhere() {
        comes_to("a b c d", "a c b d", ("a c b d", "a c b", "b c"));
        comes_to("a b c d e f", "a d c b e f", ("a d c b e f", "a d c b", "b c d"));
        comes_to("a b c d", "d c b a", ("d c b a", "d c b a", "a b c d"));
    }

    #[test]
    fn what_was_there_and_is_left_out_goes_below_what_is_named() {
        assert_eq!(names(&left_out(&queue("a b c"), &ids("c")).into_iter().cloned().collect::<Vec<_>>()), "a b");
        assert_eq!(after("a b c d", "c", false), ("c a b d".into(), "c".into(), "c".into()));
        assert_eq!(after("a b c d", "c b", false), ("c b a d".into(), "c b".into(), "a b c".into()));
        assert_eq!(after("a:1 b:2 c d", "d", false), ("d a b c".into(), "d".into(), "d".into()));
    }

    #[test]
    fn what_came_meanwhile_is_passed_over_and_stands_by_the_rules() {
        assert_eq!(after("a new b c", "a c b", true), ("a c b new".into(), "a c b".into(), "b c".into()));
        assert_eq!(after("a b c new", "a b c", true), ("a b c new".into(), String::new(), String::new()));
        assert_eq!(after("a b new c", "b a c", true), ("b a new c".into(), "b a".into(), "a b".into()));
    }
}
