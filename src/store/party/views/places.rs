//! Where a request stands in line, which everybody who wishes or votes is told. Reading a line takes as long as the line
//! is, so one reading answers all who asked before it began: a long line with many voters keeps one reader busy, not all.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::domain::{
    Ahead, EventId, Id, Order, Refusal, Request, RequestId, RequestView, Standing, Status, UserId, Waiting, Why,
    arrange, placed,
};
use crate::store::error::{Error, Result};
use crate::store::party::events::active;
use crate::store::party::playback::now_playing;
use crate::store::party::queue::order::{Guests, Queued, fixed, queue};
use crate::store::party::rules;
use crate::store::tenant::handle::Tenant;
use crate::store::tenant::tx::Tx;

/// Readings of a `T` that somebody waits for, by tenant.
pub struct Readings<T>(Mutex<HashMap<UserId, Weak<Reading<T>>>>);

/// One tenant's, one after the other; they are gone with the last who waits.
struct Reading<T> {
    asked: AtomicU64,
    last: tokio::sync::Mutex<Option<Last<T>>>,
}

/// The last reading.
struct Last<T> {
    /// How many had asked when it began: those it answers.
    answers: u64,
    found: Arc<T>,
}

impl<T> Default for Readings<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Readings<T> {
    /// What `read` finds from now on, or found for another since.
    async fn share(&self, tenant: &UserId, read: impl Future<Output = Result<T>>) -> Result<Arc<T>> {
        let reading = self.of(tenant);
        let me = reading.asked.fetch_add(1, Ordering::SeqCst);
        let mut last = reading.last.lock().await;
        if let Some(last) = last.as_ref().filter(|last| me < last.answers) {
            return Ok(last.found.clone());
        }
        let answers = reading.asked.load(Ordering::SeqCst);
        let found = Arc::new(read.await?);
        *last = Some(Last { answers, found: found.clone() });
        Ok(found)
    }

    fn of(&self, tenant: &UserId) -> Arc<Reading<T>> {
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = readings.get(tenant).and_then(Weak::upgrade) {
            return reading;
        }
        readings.retain(|_, reading| reading.strong_count() > 0);
        let reading = Arc::new(Reading { asked: AtomicU64::new(0), last: tokio::sync::Mutex::new(None) });
        readings.insert(tenant.clone(), Arc::downgrade(&reading));
        reading
    }
}

impl<Role> Tenant<Role> {
    /// Shows where the request in an answer, or in a refusal, stands in line by now. Readers find that out: the one thread
    /// that writes is everybody's, and has no time for the length of one line.
    pub(in crate::store) async fn placed<V: AsMut<RequestView>>(&self, outcome: Result<V>) -> Result<V> {
        match outcome {
            Ok(mut shown) => {
                self.place(shown.as_mut()).await?;
                Ok(shown)
            }
            Err(Error::Refused(Refusal::WrongState(mut shown))) => {
                self.place(&mut shown.view).await?;
                Err(Refusal::WrongState(shown).into())
            }
            Err(error) => Err(error),
        }
    }

    async fn place(&self, view: &mut RequestView) -> Result<()> {
        let standing = if view.status.is_queued() { self.standing(&view.id).await? } else { None };
        view.stand(standing);
        Ok(())
    }

    /// Where a request of the running event stands by now.
    pub(in crate::store) async fn standing(&self, id: &RequestId) -> Result<Option<Standing>> {
        let queue = self.store().memory::<Readings<Queue>>().share(self.id(), self.read(Queue::read)).await?;
        Ok(queue.standing(id))
    }
}

/// The running event's line at one moment; without one it is empty.
pub struct Queue {
    order: Order,
    songs: Vec<Queued>,
    ahead: Ahead,
}

impl Queue {
    pub fn read(tx: &Tx) -> Result<Self> {
        let order = rules::load(tx)?.order;
        let songs = active(tx)?.map_or(Ok(vec![]), |event| queue(tx, &event.id, order))?;
        let ahead = Ahead::of(&now_playing(tx)?, songs.iter().map(|queued| queued.length));
        Ok(Self { order, songs, ahead })
    }

    /// Where a song stands; `None` where it is not in line.
    pub fn standing(&self, id: &RequestId) -> Option<Standing> {
        let before = self.songs.iter().position(|queued| queued.id == *id)?;
        let why = Why::of(before, self.songs[before].is_placed, self.order);
        Some(Standing::of(before, self.ahead.wait_ms(before), why))
    }
}

/// Tells all requests of one event where they stand in line, under the rule `order`.
pub fn lined_up(tx: &Tx, event: &EventId, order: Order, requests: &mut [Request]) -> Result<()> {
    let mut queued: Vec<&mut Request> = requests.iter_mut().filter(|request| request.status.is_queued()).collect();
    queued.sort_unstable_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    let mut guests = Guests::of(tx, event, order)?;
    let waiting: Vec<Waiting> = queued
        .iter()
        .map(|request| {
            let fixed = fixed(request.place, request.status == Status::HandedOver);
            let guest = request.guest.as_ref().map(Id::as_str);
            guests.waiting(guest, request.votes, fixed, request.matching.is_ready)
        })
        .collect();
    let places = arrange(&waiting, order);
    let by_hand = placed(&waiting, &places, order);
    let ahead = Ahead::of(&now_playing(tx)?, places.iter().map(|at| queued[*at].song.duration_ms));
    for (before, (at, is_placed)) in places.into_iter().zip(by_hand).enumerate() {
        let why = Why::of(before, is_placed, order);
        queued[at].standing = Some(Standing::of(before, ahead.wait_ms(before), why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Semaphore;
    use tokio::task::yield_now;

    use super::{Arc, Readings, UserId};

    /// Readings begun while `one` was answered and a hundred `others` asked, those begun in all, and what each found.
    async fn asked(one: &str, others: &str) -> (u32, u32, Vec<u32>) {
        let readings = Arc::new(Readings::default());
        let (begun, gate) = (Arc::<AtomicU32>::default(), Arc::new(Semaphore::new(0)));
        let ask = |name: &str| {
            let (readings, begun, gate) = (readings.clone(), begun.clone(), gate.clone());
            let tenant = UserId::parse(name).unwrap();
            tokio::spawn(async move {
                let read = async {
                    let number = begun.fetch_add(1, Ordering::SeqCst);
                    gate.acquire().await.unwrap().forget();
                    Ok(number)
                };
                *readings.share(&tenant, read).await.unwrap()
            })
        };
        let mut answers = vec![ask(one)];
        yield_now().await;
        answers.extend((0..100).map(|_| ask(others)));
        yield_now().await;
        // On one thread all have asked by now.
        let meanwhile = begun.load(Ordering::SeqCst);
        gate.add_permits(200);
        let mut found = Vec::new();
        for answer in answers {
            found.push(answer.await.unwrap());
        }
        assert!(readings.0.lock().unwrap().values().all(|reading| reading.strong_count() == 0), "a line is kept");
        (meanwhile, begun.load(Ordering::SeqCst), found)
    }

    #[tokio::test]
    async fn a_hundred_votes_are_told_their_places_by_one_reading_begun_after_the_last_of_them() {
        let (meanwhile, all, found) = asked("djane", "djane").await;
        assert_eq!((meanwhile, all, found[0]), (1, 2, 0));
        assert!(found[1..].iter().all(|found| *found == 1), "{found:?}");
    }

    #[tokio::test]
    async fn nobody_waits_for_the_reading_of_another_tenant_or_is_answered_by_it() {
        let (meanwhile, all, found) = asked("djane", "other").await;
        assert_eq!((meanwhile, all, &found[..2]), (2, 3, &[0, 1][..]));
        assert!(found[2..].iter().all(|found| *found == 2), "{found:?}");
    }
}
