//! What becomes of a request: approved, rejected, played next, voted for, withdrawn, deleted.

mod barring;
mod clearing;

use super::events::{bump, silence};
use super::guests::may_speak;
use super::queue::{arrange_queue, moved_by_hand, place_first};
use super::requests::{current, find, on_the_list, touch, vote_for, voted};
use super::rules;
use crate::domain::{Act, Event, HostRequest, Refusal, Request, RequestId, RequestView, Status};
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::{Guest, Helper, Host, Tenant};
use crate::store::tenant::tx::Tx;
pub(in crate::store) use barring::{may_come, turn_down};

impl Tenant<Host> {
    /// Moves a request; refuses with its present state when somebody else moved it first.
    pub async fn act(&self, id: &RequestId, act: Act) -> Result<HostRequest> {
        let sought = id.clone();
        self.acting(id, move |tx| move_on(tx, &sought, act)).await
    }

    /// Puts a waiting song at the head of the queue; a pending one is approved by it.
    pub async fn play_next(&self, id: &RequestId) -> Result<HostRequest> {
        let sought = id.clone();
        let work = move |tx: &Tx| {
            let (event, request) = current(tx, &sought)?;
            if !matches!(request.status, Status::Pending | Status::Approved) {
                return Err(Refusal::WrongState(Box::new(request.host_view())).into());
            }
            may_come(tx, &request)?;
            if request.status == Status::Pending {
                perform(tx, &event, &request, Act::Approve)?;
            }
            let version = moved_by_hand(tx, &event.id)?;
            place_first(tx, &event.id, &sought)?;
            touch(tx, &sought, version)?;
            arrange_queue(tx, &event.id, rules::load(tx)?.order, version)?;
            Ok(find(tx, &sought)?.host_view())
        };
        self.acting(id, work).await
    }

    /// Takes a request off the list for good, history included; answers what it was.
    pub async fn delete_request(&self, id: &RequestId) -> Result<HostRequest> {
        // Where it stood is known only while it is there.
        let (stood, sought) = (self.standing(id).await?, id.clone());
        let work = move |tx: &Tx| {
            let (event, request) = current(tx, &sought)?;
            let order = rules::load(tx)?.order;
            tx.touching("DELETE FROM requests WHERE user_id = :tenant AND id = :id", &[(":id", &sought)])?;
            let version = bump(tx, &event.id)?;
            arrange_queue(tx, &event.id, order, version)?;
            let mut was = request.host_view();
            was.view.stand(stood);
            Ok(was)
        };
        self.write(work).await
    }
}

impl Tenant<Helper> {
    /// Approves (`true`) or rejects a request that waits; the deed is written down under the helper's name.
    pub async fn decide(&self, id: &RequestId, approve: bool) -> Result<HostRequest> {
        let (sought, actor) = (id.clone(), format!("helper {}", self.role().name));
        let (act, deed) = if approve { (Act::Approve, "approve") } else { (Act::Reject, "reject") };
        let work = move |tx: &Tx| {
            let request = find(tx, &sought)?;
            if request.status != Status::Pending {
                return Err(Refusal::WrongState(Box::new(request.host_view())).into());
            }
            tx.record(&actor, deed)?;
            move_on(tx, &sought, act)
        };
        self.acting(id, work).await
    }
}

impl Tenant<Guest> {
    /// Gives (`true`) or takes back a vote, as often as tapped with the same result, of which the party hears once. Refuses
    /// songs no longer waiting, a vote of a guest the host has muted, and who votes without end.
    pub async fn vote(&self, id: &RequestId, give: bool) -> Result<RequestView> {
        let (sought, guest, counted) = (id.clone(), self.role().clone(), self.voting());
        let work = move |tx: &Tx| {
            let (event, request) = current(tx, &sought)?;
            if event.id != guest.event {
                return Err(Error::NotFound);
            }
            if !request.status.is_open() {
                return Err(Refusal::WrongState(Box::new(seen_by_guests(&request))).into());
            }
            if give {
                may_speak(tx, &event.id, &guest.id)?;
            }
            let changed = vote_for(tx, &event.id, &guest.id, &sought, give)?;
            if changed {
                counted()?;
                voted(tx, &event.id, &request, rules::load(tx)?.order)?;
            }
            Ok(find(tx, &sought)?.view())
        };
        self.placed(self.write(work).await).await
    }

    /// Takes back a request of one's own that has not been promised to the machine yet.
    pub async fn withdraw(&self, id: &RequestId) -> Result<RequestView> {
        let (sought, guest) = (id.clone(), self.role().clone());
        let work = move |tx: &Tx| {
            let (event, request) = current(tx, &sought)?;
            if request.guest.as_ref() != Some(&guest.id) {
                return Err(Refusal::NotYours.into());
            }
            if !Act::Withdraw.from().contains(&request.status) {
                return Err(Refusal::WrongState(Box::new(seen_by_guests(&request))).into());
            }
            perform(tx, &event, &request, Act::Withdraw)?;
            Ok(find(tx, &sought)?.view())
        };
        self.placed(self.write(work).await).await
    }
}

fn move_on(tx: &Tx, id: &RequestId, act: Act) -> Result<HostRequest> {
    let (event, request) = current(tx, id)?;
    if !act.from().contains(&request.status) {
        return Err(Refusal::WrongState(Box::new(request.host_view())).into());
    }
    // What is handed over is at Spotify, whatever the rules say by now.
    if act.is_a_yes() && request.status != Status::HandedOver {
        may_come(tx, &request)?;
    }
    if act == Act::Retry && on_the_list(tx, &event.id, &request.song)?.is_some() {
        return Err(Refusal::ListedAgain.into());
    }
    perform(tx, &event, &request, act)?;
    Ok(find(tx, id)?.host_view())
}

/// A request without what is between a guest and the host.
fn seen_by_guests(request: &Request) -> HostRequest {
    HostRequest { asked_as: None, note: None, guest_id: None, reason: None, ..request.host_view() }
}

/// One conditional statement moves the request; the queue closes up behind it. What plays counts as its guest's turn.
pub(in crate::store) fn perform(tx: &Tx, event: &Event, request: &Request, act: Act) -> Result<()> {
    if act == Act::Play {
        silence(tx)?;
    }
    let version = bump(tx, &event.id)?;
    let to = act.to(request.status);
    let sql = "UPDATE requests SET status = :to, version = :version, reason = NULL, place = NULL, fixed = 0,
                      approved_at = iif(:to = 'approved', :now, approved_at),
                      lined_at = iif(:to = 'approved', :version, lined_at),
                      started_at = iif(:to = 'playing', :now, started_at),
                      played_at = iif(:to IN ('played', 'rejected', 'withdrawn'), :now, NULL)
               WHERE user_id = :tenant AND id = :id AND status = :from";
    let moved = tx.touching(
        sql,
        &[(":to", &to), (":version", &version), (":now", &tx.now), (":id", &request.id), (":from", &request.status)],
    )?;
    if moved.is_empty() {
        return Err(Error::Busy);
    }
    let counts_as_queued = |status: Status| status.is_queued() || matches!(status, Status::Playing | Status::Played);
    if !counts_as_queued(request.status) && !counts_as_queued(to) {
        return Ok(());
    }
    arrange_queue(tx, &event.id, rules::load(tx)?.order, version)
}
