//! A DJ's connection to Spotify: sealed tokens, consents under way, and calls counted.

use rusqlite::{Connection, Row, named_params};

use super::budget::budget;
use crate::domain::{Health, Refusal, SpotifyLink, SpotifyTrouble, Timestamp};
use crate::store::account::secrets;
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::{Host, Tenant};
use crate::store::tenant::tx::Tx;
use crate::store::vault::{Place, Vault};

/// How long somebody may take to consent.
const CONSENT_MS: i64 = 10 * 60 * 1000;
pub(in crate::store) const ACCESS: &str = "spotify_links.access_token";
pub(in crate::store) const REFRESH: &str = "spotify_links.refresh_token";
const VERIFIER: &str = "spotify_consents.verifier";
/// That a Spotify is connected and the night follows it, as a condition on `spotify_links`.
pub(in crate::store) const FOLLOWS: &str = "follow AND refresh_token IS NOT NULL";
/// The same, or that the night follows one whose connection was ended.
pub(in crate::store) const FOLLOWS_OR_DID: &str = "follow AND (refresh_token IS NOT NULL OR health = 'reconnect')";

/// The box's own app, and how many calls a client id may make in 24 hours.
#[derive(Clone, Debug)]
pub struct SpotifyDefaults {
    pub client_id: Option<String>,
    pub budget: i64,
}

/// A consent that came back, to be turned into tokens.
pub struct ConsentBack {
    pub verifier: String,
    pub client_id: String,
    pub redirect_uri: String,
}

/// What a consent or a refresh brought.
pub struct Granted {
    pub access: String,
    pub access_expires_at: Timestamp,
    /// The old one stays good where there is none.
    pub refresh: Option<String>,
}

/// Whose consent it was.
pub struct SpotifyAccount {
    /// Spotify's own key of it, which stays when the name changes.
    pub id: String,
    pub name: Option<String>,
}

impl Tenant<Host> {
    /// How this host's connection stands.
    pub async fn spotify(&self, defaults: SpotifyDefaults) -> Result<SpotifyLink> {
        self.read(move |tx| link(tx, &defaults)).await
    }

    /// A secret for a consent to be begun: it comes back with the browser.
    pub fn consent_state(&self) -> Result<String> {
        Ok(secrets::join_token()?.0)
    }

    /// Notes a consent that begins: what comes back with `state` within ten minutes is this host's.
    pub async fn begin_consent(&self, state: &str, consent: ConsentBack) -> Result<()> {
        let hash = secrets::fingerprint(state);
        let work = move |tx: &Tx| {
            tx.quiet().run(
                "DELETE FROM spotify_consents WHERE user_id = :tenant AND expires_at <= :now",
                &[(":now", &tx.now)],
            )?;
            let verifier = tx.seal(VERIFIER, &consent.redirect_uri, &consent.verifier)?;
            let sql =
                "INSERT INTO spotify_consents (user_id, state_hash, verifier, client_id, redirect_uri, expires_at)
                       VALUES (:tenant, :hash, :verifier, :client, :redirect, :end)";
            tx.quiet()
                .run(
                    sql,
                    &[
                        (":hash", &hash),
                        (":verifier", &verifier),
                        (":client", &consent.client_id),
                        (":redirect", &consent.redirect_uri),
                        (":end", &tx.now.plus_ms(CONSENT_MS)),
                    ],
                )
                .map(drop)
        };
        self.write(work).await
    }

    /// The consent that `state` belongs to, once. Refuses one that is used, expired, or another host's.
    pub async fn take_consent(&self, state: &str) -> Result<ConsentBack> {
        let hash = secrets::fingerprint(state);
        let work = move |tx: &Tx| {
            let sql =
                "DELETE FROM spotify_consents WHERE user_id = :tenant AND state_hash = :hash AND expires_at > :now
                       RETURNING verifier, client_id, redirect_uri";
            let sealed = |row: &Row| {
                let (client_id, redirect_uri) = (row.get("client_id")?, row.get("redirect_uri")?);
                Ok(ConsentBack { verifier: row.get("verifier")?, client_id, redirect_uri })
            };
            let found = tx.quiet().maybe(sql, &[(":hash", &hash), (":now", &tx.now)], sealed)?;
            let sealed = found.ok_or(Error::Refused(Refusal::UnknownConsent))?;
            Ok(ConsentBack { verifier: tx.open(VERIFIER, &sealed.redirect_uri, &sealed.verifier)?, ..sealed })
        };
        self.write(work).await
    }
}

/// The client id of the Spotify that is connected where the night follows it.
pub(in crate::store) fn following_as(tx: &Tx, defaults: &SpotifyDefaults) -> Result<Option<String>> {
    let sql = format!(
        "SELECT coalesce(client_id, :box_app) AS client FROM spotify_links WHERE user_id = :tenant AND {FOLLOWS}"
    );
    Ok(tx.maybe(&sql, &[(":box_app", &defaults.client_id)], |row| row.get::<_, Option<String>>("client"))?.flatten())
}

/// Whether a Spotify is connected and the night follows it.
pub(in crate::store) fn follows(tx: &Tx) -> Result<bool> {
    let sql = format!("SELECT 1 FROM spotify_links WHERE user_id = :tenant AND {FOLLOWS}");
    Ok(tx.maybe(&sql, &[], |_| Ok(()))?.is_some())
}

/// Whether another DJ is connected to the same account; only that crosses over, and not who it is.
pub(in crate::store) fn shares_account(tx: &Tx) -> Result<bool> {
    let sql = "SELECT 1 FROM spotify_links own JOIN spotify_links other ON other.account_id = own.account_id
               WHERE own.user_id = :tenant AND other.user_id <> :tenant AND own.refresh_token IS NOT NULL
                 AND other.refresh_token IS NOT NULL LIMIT 1";
    Ok(!tx.across_tenants(sql, &[], |_| Ok(()))?.is_empty())
}

/// Notes how the connection stands.
pub(in crate::store) fn set_health(tx: &Tx, trouble: Option<&SpotifyTrouble>) -> Result<()> {
    let (health, message) = (trouble.map_or(Health::Ok, SpotifyTrouble::health), trouble.map(SpotifyTrouble::sentence));
    // Without tokens the word about them stands.
    let sql = "UPDATE spotify_links SET health = :health, message = :message
               WHERE user_id = :tenant AND refresh_token IS NOT NULL AND (health <> :health OR message IS NOT :message)";
    tx.run(sql, &[(":health", &health), (":message", &message)]).map(drop)
}

pub(in crate::store) fn put(tx: &Tx, granted: &Granted) -> Result<()> {
    let refresh = granted.refresh.as_ref().map(|token| tx.seal(REFRESH, "", token)).transpose()?;
    let sql = "UPDATE spotify_links SET access_token = :access, access_expires_at = :end,
                      refresh_token = coalesce(:refresh, refresh_token) WHERE user_id = :tenant";
    let access = tx.seal(ACCESS, "", &granted.access)?;
    tx.quiet().run(sql, &[(":access", &access), (":end", &granted.access_expires_at), (":refresh", &refresh)]).map(drop)
}

fn link(tx: &Tx, defaults: &SpotifyDefaults) -> Result<SpotifyLink> {
    let sql = "SELECT refresh_token IS NOT NULL AS connected,
                      iif(refresh_token IS NULL, account_name, coalesce(account_name, account_id)) AS account,
                      client_id, authorized_at, health, message
               FROM spotify_links WHERE user_id = :tenant";
    let bare = || SpotifyLink {
        connected: false,
        account: None,
        client_id: None,
        authorized_at: None,
        reconnect_by: None,
        health: Health::Manual,
        message: None,
        used_today: 0,
        budget: defaults.budget,
        shared_account: false,
    };
    let found = tx.maybe(sql, &[], |row| {
        let authorized_at: Option<Timestamp> = row.get("authorized_at")?;
        let (connected, health): (bool, Health) = (row.get("connected")?, row.get("health")?);
        Ok(SpotifyLink {
            connected,
            account: row.get("account")?,
            client_id: row.get("client_id")?,
            authorized_at,
            reconnect_by: authorized_at.map(SpotifyLink::dies),
            health: if connected || health != Health::Ok { health } else { Health::Manual },
            message: row.get("message")?,
            ..bare()
        })
    })?;
    let mut link = found.unwrap_or_else(bare);
    link.shared_account = shares_account(tx)?;
    link.client_id = link.client_id.or_else(|| defaults.client_id.clone());
    if let Some(client) = &link.client_id {
        link.used_today = budget(tx, client, defaults.budget)?.used;
    }
    if link.message.is_none() {
        link.message = shared_with(tx, &link)?;
    }
    Ok(link)
}

/// That other DJs play on the same account, or use the same app, where they do.
fn shared_with(tx: &Tx, link: &SpotifyLink) -> Result<Option<String>> {
    match &link.client_id {
        _ if link.shared_account => Ok(Some(SpotifyLink::shared().sentence)),
        Some(client) if link.connected => shared_app(tx, client, link.budget),
        _ => Ok(None),
    }
}

/// That other DJs are connected with the same app, where they are; only their number crosses over.
fn shared_app(tx: &Tx, client_id: &str, budget: i64) -> Result<Option<String>> {
    let sql = "SELECT count(*) AS others FROM spotify_links
               WHERE client_id = :client AND refresh_token IS NOT NULL AND user_id <> :tenant";
    let others: i64 =
        tx.across_tenants(sql, &[(":client", &client_id)], |row| row.get::<_, i64>("others"))?.into_iter().sum();
    let who = if others == 1 { "Another DJ uses".into() } else { format!("{others} other DJs use") };
    Ok((others > 0).then(|| {
        format!(
            "{who} this app too: you share its {budget} calls a day, so what plays is looked at less often. With an app of your own you have them to yourself."
        )
    }))
}

/// A DJ's id, and both tokens as they are stored.
type Sealed = (String, [String; 2]);

fn sealed(conn: &Connection) -> Result<Vec<Sealed>> {
    let mut statement =
        conn.prepare("SELECT user_id, access_token, refresh_token FROM spotify_links WHERE refresh_token IS NOT NULL")?;
    let rows = statement
        .query_map([], |row| Ok((row.get("user_id")?, [row.get("access_token")?, row.get("refresh_token")?])))?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
}

fn opened(tenant: &str, [access, refresh]: &[String; 2], vault: &Vault) -> Option<[String; 2]> {
    let at = |column| Place { tenant, column, row: "" };
    Some([vault.open(at(ACCESS), access).ok()?, vault.open(at(REFRESH), refresh).ok()?])
}

/// Whether any DJ's tokens were sealed with this key.
pub(in crate::store) fn any_opens(conn: &Connection, vault: &Vault) -> Result<bool> {
    Ok(sealed(conn)?.iter().any(|(tenant, tokens)| opened(tenant, tokens, vault).is_some()))
}

/// Seals every token anew with another key; consents under way begin again.
pub(in crate::store) fn reseal(conn: &Connection, old: &Vault, new: &Vault) -> Result<()> {
    for (tenant, tokens) in sealed(conn)? {
        if let Some([access, refresh]) = opened(&tenant, &tokens, old) {
            let at = |column| Place { tenant: &tenant, column, row: "" };
            let (access, refresh) = (new.seal(at(ACCESS), &access)?, new.seal(at(REFRESH), &refresh)?);
            let sql =
                "UPDATE spotify_links SET access_token = :access, refresh_token = :refresh WHERE user_id = :tenant";
            conn.execute(sql, named_params! { ":access": access, ":refresh": refresh, ":tenant": tenant })?;
        }
    }
    conn.execute("DELETE FROM spotify_consents", [])?;
    Ok(())
}

/// Tokens of a key that is lost are lost: the DJ is told to connect again.
pub(in crate::store) fn forget_what_does_not_open(conn: &Connection, vault: &Vault) -> Result<()> {
    for (tenant, tokens) in sealed(conn)? {
        if opened(&tenant, &tokens, vault).is_none() {
            let sql = "UPDATE spotify_links SET access_token = NULL, refresh_token = NULL, authorized_at = NULL, health = 'reconnect',
                              message = 'The key of this box was lost. Please connect Spotify again.' WHERE user_id = :tenant";
            conn.execute(sql, named_params! { ":tenant": tenant })?;
        }
    }
    Ok(())
}
