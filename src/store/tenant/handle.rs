//! The handle of a tenant: the only way to its rows, with the abilities of whoever holds it.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::tx::Tx;
use crate::domain::{ClientAddress, EventId, GuestId, HelperId, RequestId, ScreenId, User, UserId, Username};
use crate::store::db::store::Store;
use crate::store::error::Result;

/// Whose rows a handle reaches.
#[derive(Clone)]
pub struct Owner {
    pub(in crate::store) user_id: UserId,
    pub username: Username,
    pub display_name: String,
}

/// The owner at work, or a super admin in their place; `me` is who is really signed in.
#[derive(Clone)]
pub struct Host {
    pub me: User,
}

/// Somebody who joined one event.
#[derive(Clone)]
pub struct Guest {
    pub(in crate::store) id: GuestId,
    pub(in crate::store) event: EventId,
    /// Where they come from this time, as far as that is known.
    pub(in crate::store) address: Option<ClientAddress>,
}

/// A TV that was let in.
#[derive(Clone)]
pub struct Screen {
    pub(in crate::store) id: ScreenId,
}

/// Somebody the host trusts to approve and reject, and nothing else.
#[derive(Clone)]
pub struct Helper {
    pub(in crate::store) id: HelperId,
    pub name: String,
}

/// Somebody at the door: may knock, sees nothing.
#[derive(Clone)]
pub struct Visitor {
    pub(in crate::store) address: Option<ClientAddress>,
}

/// The box at work for one DJ's Spotify, in the background.
#[derive(Clone)]
pub struct SpotifyWorker;

/// The live hub at work for one party.
#[derive(Clone)]
pub struct Announcer;

// What several roles may do, each ability with those who have it; what one alone may do is written for its handle. Nobody
// outside the store can name these, and so nobody gives an ability to another role.

/// A role that is inside the party: it knows what plays, and sees covers.
pub trait Insider {}

impl Insider for Host {}
impl Insider for Guest {}
impl Insider for Screen {}
impl Insider for Helper {}

/// A role that looks for songs in what the box knows.
pub trait Finder {}

impl Finder for Host {}
impl Finder for Guest {}
impl Finder for SpotifyWorker {}

/// A role that decides about requests, and takes back what was decided.
pub trait Decider {
    /// The helper who does, and takes back their own acts alone; none where it is the host, who takes back anybody's.
    fn helper(&self) -> Option<&Helper>;
}

impl Decider for Host {
    fn helper(&self) -> Option<&Helper> {
        None
    }
}

impl Decider for Helper {
    fn helper(&self) -> Option<&Helper> {
        Some(self)
    }
}

/// A role that knows the house rules.
pub trait RuleReader {}

impl RuleReader for Host {}
impl RuleReader for SpotifyWorker {}

/// The only way to a tenant's rows. What a role may do is what its handle has methods for.
///
/// A host approves:
/// ```no_run
/// # use partyplaylist::{domain::{Act, RequestId}, store::{Host, Tenant}};
/// async fn decide(host: Tenant<Host>, id: RequestId) {
///     let _ = host.act(&id, Act::Approve).await;
/// }
/// ```
/// A guest's handle has no such method, so this does not compile:
/// ```compile_fail,E0599
/// # use partyplaylist::{domain::{Act, RequestId}, store::{Guest, Tenant}};
/// async fn decide(guest: Tenant<Guest>, id: RequestId) {
///     let _ = guest.act(&id, Act::Approve).await;
/// }
/// ```
/// A guest votes:
/// ```no_run
/// # use partyplaylist::{domain::RequestId, store::{Guest, Tenant}};
/// async fn vote(guest: Tenant<Guest>, id: RequestId) {
///     let _ = guest.vote(&id, true).await;
/// }
/// ```
/// A screen only looks:
/// ```compile_fail,E0599
/// # use partyplaylist::{domain::RequestId, store::{Screen, Tenant}};
/// async fn vote(screen: Tenant<Screen>, id: RequestId) {
///     let _ = screen.vote(&id, true).await;
/// }
/// ```
/// A helper approves and rejects:
/// ```no_run
/// # use partyplaylist::{domain::RequestId, store::{Helper, Tenant}};
/// async fn decide(helper: Tenant<Helper>, id: RequestId) {
///     let _ = helper.decide(&id, true).await;
/// }
/// ```
/// and does nothing else:
/// ```compile_fail,E0599
/// # use partyplaylist::{domain::RequestId, store::{Helper, Tenant}};
/// async fn skip(helper: Tenant<Helper>, id: RequestId) {
///     let _ = helper.play_next(&id).await;
/// }
/// ```
/// A screen sees the stage:
/// ```no_run
/// # use partyplaylist::{domain::Address, store::{Screen, Tenant}};
/// async fn show(screen: Tenant<Screen>, address: Address) {
///     let _ = screen.stage(&address).await;
/// }
/// ```
/// A visitor at the door sees nothing:
/// ```compile_fail,E0599
/// # use partyplaylist::{domain::Address, store::{Tenant, Visitor}};
/// async fn show(visitor: Tenant<Visitor>, address: Address) {
///     let _ = visitor.stage(&address).await;
/// }
/// ```
/// And nobody makes a handle out of thin air:
/// ```compile_fail,E0451
/// # use partyplaylist::store::{Owner, Host, Store, Tenant};
/// fn forge(store: Store, owner: Owner, role: Host) -> Tenant<Host> {
///     Tenant { store, owner, role }
/// }
/// ```
#[derive(Clone)]
pub struct Tenant<Role> {
    store: Store,
    owner: Owner,
    role: Role,
}

impl<Role> Tenant<Role> {
    /// The explicit act of opening a door; only the store's door-keeping calls it.
    pub(in crate::store) fn open(store: Store, owner: Owner, role: Role) -> Self {
        Self { store, owner, role }
    }

    /// Whose party this is.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Who asks.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The key under which this tenant's changes and streams are kept apart.
    pub fn id(&self) -> &UserId {
        &self.owner.user_id
    }

    pub(in crate::store) fn store(&self) -> &Store {
        &self.store
    }

    /// Reads this tenant's rows in one consistent look.
    pub(in crate::store) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (tenant, vault) = (self.owner.user_id.clone(), self.store.vault());
        self.store.read_at(move |conn, now| query(&Tx::of(conn, &tenant, &vault, now))).await
    }

    /// Writes this tenant's rows; once they are safe on disk the party hears what is new.
    pub(in crate::store) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (tenant, clock, vault) = (self.owner.user_id.clone(), self.store.clock(), self.store.vault());
        let (changes, whose) = (self.store.changes(), tenant.clone());
        let work = move |conn: &Connection| {
            // The time is asked when it is written: the clock may have been set while this waited.
            let tx = Tx::of(conn, &tenant, &vault, clock.now_written());
            let done = work(&tx)?;
            Ok((done, tx.may_wait(), tx.news()))
        };
        let say = move |(_, may_wait, news): &(T, bool, Option<BTreeSet<RequestId>>)| match news {
            Some(touched) if *may_wait => changes.gather(&whose, touched.iter().cloned()),
            Some(touched) => changes.note(&whose, touched.iter().cloned()),
            None => {}
        };
        Ok(self.store.0.writer.run(Some(self.owner.user_id.clone()), work, say).await?.0)
    }

    /// Has the party hear of something that is no row.
    pub(in crate::store) fn tell(&self) {
        self.store.changes().note(&self.owner.user_id, []);
    }
}
