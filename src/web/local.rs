//! Addresses on this box and nowhere else: those that a page is given to go on to, and the one that was asked for.

use rocket::request::Request;

/// Whether an address leads to a page of this box, wherever it stands in a page of ours or an answer.
pub fn is_local(address: &str) -> bool {
    let plain = address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    plain && address.starts_with('/') && !address.starts_with("//")
}

/// What was asked for, as an address on this box: one that begins with two slashes would be another machine's.
pub fn asked(request: &Request<'_>) -> String {
    format!("/{}", request.uri().to_string().trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn an_address_elsewhere_is_told_however_it_is_dressed() {
        for elsewhere in
            ["", "//evil", "///evil", "/\\evil", "\\/evil", "https://evil", "/a b", "/a\nb", "javascript:1", "/ü"]
        {
            assert!(!is_local(elsewhere), "{elsewhere:?}");
        }
        assert!(is_local("/") && is_local("/john/admin/overview?said=x#y"));
    }
}
