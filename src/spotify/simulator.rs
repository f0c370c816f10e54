//! A simulated Spotify: an HTTP server of its own with accounts whose players really advance on a clock of its own.
//!
//! It answers as Spotify does, oddities and faults included; whoever runs it says, through [`Simulator`] in the
//! same process or through `/_sim/…` from outside, who misbehaves how. [`Change`] is what may happen to an account,
//! [`AppRules`] what Spotify thinks of a client id, [`Fault`] what goes wrong on the way.
//!
//! | from outside | body or answer |
//! |---|---|
//! | `GET`, `POST /_sim/clock` | `{"advance_ms":60000}`, `{"speed":10}` |
//! | `GET`, `POST /_sim/accounts` | ids; [`NewAccount`] |
//! | `GET`, `POST /_sim/accounts/ID` | [`Snapshot`]; [`Change`], as `{"press":"pause"}` |
//! | `GET`, `POST /_sim/apps/CLIENT_ID` | [`Usage`]; [`AppRules`], what is left out being the default |
//! | `POST /_sim/apps/CLIENT_ID/exhaust` | `{"seconds":50000}` |
//! | `POST`, `DELETE /_sim/faults` | [`Fault`], as `{"target":"johnsmith","trouble":{"broken":502}}` |

mod account;
mod api;
mod app;
mod art;
mod catalogue;
mod clock;
mod consent;
mod control;
mod device;
mod exchange;
mod fault;
mod grants;
mod handle;
mod json;
mod message;
mod player;
mod reads;
mod route;
mod server;
mod songs;
mod world;
mod writes;

pub use account::{Button, Change, NewAccount, Snapshot};
pub use app::{AppRules, Usage};
pub use catalogue::Item;
pub use clock::Clock;
pub use device::Device;
pub use fault::{Fault, Trouble};
pub use handle::{Simulator, demo_accounts};
pub use player::Play;
