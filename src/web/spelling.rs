//! Addresses as people type them from a poster: in capitals, with a space behind the name.

use rocket::http::Method;
use rocket::request::Request;

use crate::domain::{RESERVED, Username};

/// The address that was meant, where a page is asked for whose name is only spelt otherwise.
pub fn meant(request: &Request<'_>) -> Option<String> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return None;
    }
    let path = request.uri().path();
    if path.as_str().starts_with("//") {
        return None;
    }
    let index = usize::from(request.routed_segment(0) == Some("api"));
    let typed = request.routed_segment(index)?;
    let name = name(typed)?;
    let mut steps: Vec<&str> = path.as_str().split('/').collect();
    *steps.get_mut(index + 1)? = &name;
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{}{query}", steps.join("/")))
}

/// A DJ's name or a first word of our own, where `typed` is another spelling of it.
fn name(typed: &str) -> Option<String> {
    let lower = typed.trim().to_lowercase();
    let known = Username::parse(&lower).is_some() || RESERVED.contains(&lower.as_str());
    (known && lower != typed).then_some(lower)
}
