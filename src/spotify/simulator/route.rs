//! Leads a request to what answers it: admission, faults and delays first.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::fault::{Fault, Trouble};
use super::message::{Request, Response};
use super::world::World;
use super::{api, art, consent, control, exchange};

/// The world, for every thread that answers, and the bell that ends every wait.
pub struct Shared {
    world: Mutex<World>,
    over: Mutex<bool>,
    bell: Condvar,
}

impl Shared {
    pub fn new(world: World) -> Self {
        Self { world: Mutex::new(world), over: Mutex::new(false), bell: Condvar::new() }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all waits, and lets nobody wait any more.
    pub fn end(&self) {
        *self.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_all();
    }

    pub fn is_over(&self) -> bool {
        *self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, ms: u64) {
        let over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(over, Duration::from_millis(ms), |over| !*over);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Answers one question; none when the connection is to end without an answer.
    pub fn answer(&self, request: &Request) -> Option<Response> {
        let path = request.path.as_str();
        if path.starts_with("/v1/") {
            let admitted = self.world().admit(request, &api::name(request));
            return match admitted {
                Ok((allowed, fault)) => self.visit(fault, |world| api::answer(world, &allowed, request)),
                Err(refused) => Some(refused),
            };
        }
        Some(match path {
            "/api/token" => {
                let fault = exchange::admit(&mut self.world(), request);
                return self.visit(fault, |world| exchange::answer(world, request));
            }
            "/authorize" | "/authorize/allow" | "/authorize/cancel" => consent::answer(&mut self.world(), request),
            _ if path.starts_with("/_sim/") => control::answer(&mut self.world(), request),
            _ if path.starts_with("/image/") => art::answer(path),
            _ => Response::text(404, "The simulated Spotify has no such page."),
        })
    }

    /// Does what was asked, before or after the fault that befalls it, or not at all.
    fn visit(&self, fault: Option<Fault>, effect: impl FnOnce(&mut World) -> Response) -> Option<Response> {
        let Some(Fault { trouble, after_effect, .. }) = fault else { return Some(effect(&mut self.world())) };
        match trouble {
            Trouble::Slow(ms) if !after_effect => {
                self.wait(ms);
                Some(effect(&mut self.world()))
            }
            Trouble::Slow(ms) => {
                let answer = effect(&mut self.world());
                self.wait(ms);
                Some(answer)
            }
            _ => {
                if after_effect {
                    effect(&mut self.world());
                }
                trouble.answer()
            }
        }
    }
}
