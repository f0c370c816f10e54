//! Faults that can be ordered: which call, what goes wrong, how often.

use serde::{Deserialize, Serialize};

use super::message::Response;

/// Something that goes wrong on the way to Spotify or back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The account or the client id it befalls.
    pub target: String,
    /// As in `POST /me/player/queue` or `POST /api/token`; every call when there is none.
    #[serde(default)]
    pub call: Option<String>,
    pub trouble: Trouble,
    /// Whether the call has had its effect by then; without it, the trouble comes first.
    #[serde(default)]
    pub after_effect: bool,
    /// How many calls it befalls; all of them until healed when there is no number.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What the caller gets to see of it; in JSON `"drop"`, `{"slow":400}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// 500, 502, 503: a page that is not JSON.
    Broken(u16),
    /// 429 without a reason, and the seconds to wait.
    TooMany(i64),
    /// 401, however fresh the token.
    Expired,
    NotRegistered,
    OwnerNeedsPremium,
    PremiumRequired,
    NoActiveDevice,
    Restricted,
    /// 404 that names neither a device nor a song.
    Nowhere,
    /// 400, 413, 414, 422: the question cannot be answered as it was put.
    Malformed(u16),
    /// 202: the device is busy.
    Busy,
    /// 204 where there should be more.
    Empty,
    /// 200 with words nobody can read.
    Text,
    /// So many real milliseconds pass; without effect first, the call then still has its effect.
    Slow(u64),
    /// The connection ends without an answer.
    Drop,
}

impl Trouble {
    /// The answer given instead of the right one; none when that one comes late or not at all.
    pub(super) fn answer(self) -> Option<Response> {
        Some(match self {
            Self::Broken(status) => Response::of(status, "text/html", "<html><body>Bad gateway</body></html>"),
            Self::TooMany(seconds) => Response::too_many(seconds),
            Self::Expired => Response::error(401, "The access token expired"),
            Self::NotRegistered => Response::not_registered(),
            Self::OwnerNeedsPremium => Response::owner_needs_premium(),
            Self::PremiumRequired => Response::premium_required(),
            Self::NoActiveDevice => Response::no_active_device(),
            Self::Restricted => Response::restricted(),
            Self::Nowhere => Response::error(404, "Service not found"),
            Self::Malformed(status) => Response::error(status, "Bad request"),
            Self::Busy => Response::empty(202),
            Self::Empty => Response::empty(204),
            Self::Text => Response::text(200, "FGkhMzpAqVg9z0aaUw"),
            Self::Slow(_) | Self::Drop => return None,
        })
    }
}

/// Takes the first fault that befalls this call, and counts it.
pub fn befall(faults: &mut Vec<Fault>, targets: [&str; 2], call: &str) -> Option<Fault> {
    let befalls = |fault: &&mut Fault| {
        targets.contains(&fault.target.as_str()) && fault.call.as_deref().is_none_or(|only| only == call)
    };
    let fault = faults.iter_mut().find(befalls)?;
    let hit = fault.clone();
    fault.times = fault.times.map(|times| times.saturating_sub(1));
    faults.retain(|fault| fault.times != Some(0));
    Some(hit)
}
