use super::{HelperToken, JoinToken, ScreenToken, Username};

/// Where other devices reach this box, such as `http://192.168.1.20:8000`, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    #[must_use]
    pub fn new(base: &str) -> Self {
        // Names have no case, and browsers leave the usual port out.
        let base = base.trim_end_matches('/').to_ascii_lowercase();
        let usual = if base.starts_with("https://") { ":443" } else { ":80" };
        Self(base.strip_suffix(usual).unwrap_or(&base).to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part an `Origin` or `Host` header is compared with: `192.168.1.20:8000`.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or(self.0.as_str(), |(_, rest)| rest)
    }

    /// The name alone, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority().rsplit_once(':').map_or(self.authority(), |(host, _)| host)
    }

    /// The page of a DJ's party, short enough to type.
    #[must_use]
    pub fn party(&self, user: &Username) -> String {
        format!("{}/{user}", self.0)
    }

    /// The address in the QR code.
    #[must_use]
    pub fn join(&self, user: &Username, token: &JoinToken) -> String {
        format!("{}/{user}?t={}", self.0, token.0)
    }

    /// The address a screen opens.
    #[must_use]
    pub fn screen(&self, user: &Username, token: &ScreenToken) -> String {
        format!("{}/{user}/display?dt={}", self.0, token.0)
    }

    /// The link a helper opens.
    #[must_use]
    pub fn helper(&self, user: &Username, token: &HelperToken) -> String {
        format!("{}/{user}/helper?ht={}", self.0, token.0)
    }

    /// The one-time link that makes the first super admin.
    #[must_use]
    pub fn setup(&self, token: &str) -> String {
        format!("{}/setup?t={token}", self.0)
    }
}
