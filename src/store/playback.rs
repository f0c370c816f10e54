use super::error::Result;
use super::events::{active, bump, required, silence};
use super::rows::Rows;
use super::scope::{Guest, Host, Screen, Tenant};
use crate::domain::{Id, Line, Playback, Timestamp, Track};

impl Tenant<Host> {
    /// Announces a song nobody asked for, or silence; what played is over either way.
    pub async fn announce(&self, song: Option<(Line<200>, Line<200>)>) -> Result<Playback> {
        let work = move |rows: &Rows| {
            let event = required(rows)?;
            silence(rows)?;
            if let Some((title, artist)) = &song {
                let sql =
                    "INSERT INTO playback (user_id, title, artist, started_at) VALUES (:tenant, :title, :artist, :now)";
                rows.run(sql, &[(":title", &title.as_str()), (":artist", &artist.as_str()), (":now", &rows.now.0)])?;
            }
            bump(rows, &event.id)?;
            now_playing(rows)
        };
        self.write(work, |_| vec![]).await
    }

    /// What plays now.
    pub async fn playback(&self) -> Result<Playback> {
        self.read(now_playing).await
    }
}

impl Tenant<Guest> {
    /// What plays now.
    pub async fn playback(&self) -> Result<Playback> {
        self.read(now_playing).await
    }
}

impl Tenant<Screen> {
    /// What plays now.
    pub async fn playback(&self) -> Result<Playback> {
        self.read(now_playing).await
    }
}

/// The request that plays, else what was announced, else nothing; nothing plays without an event.
pub(super) fn now_playing(rows: &Rows) -> Result<Playback> {
    if active(rows)?.is_none() {
        return Ok(Playback::manual(None, rows.now));
    }
    let sql =
        "SELECT id, title, artist, nickname, started_at FROM requests WHERE user_id = :tenant AND status = 'playing'
               UNION ALL SELECT NULL, title, artist, NULL, started_at FROM playback WHERE user_id = :tenant LIMIT 1";
    let track = rows.maybe(sql, &[], |row| {
        let id: Option<String> = row.get(0)?;
        let track = Track {
            title: row.get(1)?,
            artist: row.get(2)?,
            request_id: id.as_deref().and_then(Id::parse),
            nickname: row.get(3)?,
        };
        Ok((track, Timestamp(row.get(4)?)))
    })?;
    Ok(Playback::manual(track, rows.now))
}
