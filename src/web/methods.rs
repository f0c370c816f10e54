//! What an address takes, for those who ask and for those who used the wrong method. Read off the mounted routes, so that no
//! route can be forgotten.

use std::collections::BTreeSet;

use rocket::Route;
use rocket::http::Method;
use rocket::request::Request;

use crate::domain::Username;

/// The methods that the address of a request takes, as in an `Allow` header; `None` where nothing is at that address, or
/// where its method is one of them.
pub fn allowed(request: &Request<'_>) -> Option<String> {
    let path = request.uri().path();
    let path = path.as_str();
    let taken: BTreeSet<&str> =
        request.rocket().routes().filter(|route| leads(route, path)).map(|route| route.method.as_str()).collect();
    if taken.is_empty() || taken.contains(request.method().as_str()) {
        return None;
    }
    let mut names: Vec<&str> = taken.into_iter().collect();
    if names.contains(&Method::Get.as_str()) {
        names.push(Method::Head.as_str());
    }
    names.push(Method::Options.as_str());
    Some(names.join(", "))
}

/// Whether a route's address covers a path; where a name stands in it, only what can be a name does.
fn leads(route: &Route, path: &str) -> bool {
    let mut steps = path.split('/');
    for part in route.uri.path().split('/') {
        if part.starts_with('<') && part.ends_with("..>") {
            return true;
        }
        let fits = match steps.next() {
            None => false,
            Some(step) if part == "<_>" => Username::parse(step).is_some(),
            Some(step) if part.starts_with('<') => !step.is_empty(),
            Some(step) => step == part,
        };
        if !fits {
            return false;
        }
    }
    steps.next().is_none()
}
