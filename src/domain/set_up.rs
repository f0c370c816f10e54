//! Mistakes on the way to Spotify that only somebody at its dashboard can mend, and the button to press there.

/// What is not right with the app, or with who may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetUp {
    /// The DJ is not on the list of the app's users.
    NotRegistered,
    /// The app's owner has no Premium.
    OwnerNeedsPremium,
    /// There is no app with this client id.
    UnknownClient,
    /// The way back is not one of the app's redirect URIs.
    WayBack,
    /// What a consent brought back was not taken, for a reason in Spotify's own words.
    Consent(String),
}

impl SetUp {
    /// Why a consent that came back was not taken, by Spotify's words.
    pub fn of_consent(message: String) -> Self {
        if message.to_lowercase().contains("redirect") { Self::WayBack } else { Self::Consent(message) }
    }

    /// What a program reads in place of the sentence.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotRegistered => "not_registered",
            Self::OwnerNeedsPremium => "owner_needs_premium",
            Self::UnknownClient => "unknown_client",
            Self::WayBack => "wrong_redirect_uri",
            Self::Consent(_) => "consent_refused",
        }
    }

    /// What happened and which button helps.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotRegistered => "This app does not know your Spotify account. Open it at developer.spotify.com/dashboard, press Settings, then User Management, and add your name and the e-mail address of this account. Then press Connect Spotify again.".into(),
            Self::OwnerNeedsPremium => "The Spotify account that owns this app has no Premium. Renew it, or enter the client ID of an app whose owner has it. Spotify may take some hours to notice.".into(),
            Self::UnknownClient => "Spotify knows no app with this client ID. Copy it from the app’s Settings at developer.spotify.com/dashboard into the field “Client ID” on your Spotify page. Then press Connect Spotify.".into(),
            Self::WayBack => "Spotify refuses the way back. Open the app at developer.spotify.com/dashboard, press Settings, then Edit, add the redirect URI exactly as your Spotify page shows it, and press Save. Then press Connect Spotify again.".into(),
            Self::Consent(message) => format!("Spotify does not take this address and says: {}. Each is good once, for some minutes. Press Connect Spotify again.", message.trim_end_matches('.')),
        }
    }
}
