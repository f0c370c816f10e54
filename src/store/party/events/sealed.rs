//! The two ways into a running event, kept sealed: its PIN, and the secret of its QR code.

use rusqlite::{Connection, Row, named_params};

use crate::domain::{EventId, UserId};
use crate::store::account::secrets;
use crate::store::error::Result;
use crate::store::vault::{Place, Vault};

/// Where a PIN is sealed for.
pub const PIN: &str = "events.pin";
/// Where a QR code's secret is sealed for.
pub const TOKEN: &str = "events.join_token";

/// A running event, and its ways in as they are stored.
pub struct Sealed {
    id: EventId,
    tenant: UserId,
    ways: Ways,
}

/// A PIN and a QR code's secret, sealed or open.
pub struct Ways {
    pin: String,
    token: String,
}

impl Ways {
    /// New ones.
    pub fn fresh() -> Result<Self> {
        Ok(Self { pin: secrets::pin()?.as_str().to_owned(), token: secrets::join_token()?.0 })
    }
}

impl Sealed {
    /// Those of every running event of a database.
    pub fn all(conn: &Connection) -> Result<Vec<Self>> {
        let mut statement = conn.prepare("SELECT id, user_id, pin, join_token FROM events WHERE status <> 'ended'")?;
        let rows = statement.query_map([], |row: &Row| {
            let ways = Ways { pin: row.get("pin")?, token: row.get("join_token")? };
            Ok(Self { id: row.get("id")?, tenant: row.get("user_id")?, ways })
        })?;
        Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
    }

    /// Whether some key has sealed one of them.
    pub fn is_sealed(&self) -> bool {
        Vault::is_sealed(&self.ways.pin) || Vault::is_sealed(&self.ways.token)
    }

    /// The ways in as people know them; `None` where another key has sealed them, or none.
    pub fn open(&self, vault: &Vault) -> Option<Ways> {
        let pin = vault.open(self.place(PIN), &self.ways.pin).ok()?;
        Some(Ways { pin, token: vault.open(self.place(TOKEN), &self.ways.token).ok()? })
    }

    /// Seals what is in the clear.
    pub fn close(&self, conn: &Connection, vault: &Vault) -> Result<()> {
        self.put(conn, &self.ways, vault)
    }

    /// Seals `ways` in place of those that are stored.
    pub fn put(&self, conn: &Connection, ways: &Ways, vault: &Vault) -> Result<()> {
        let sql = "UPDATE events SET pin = :pin, join_token = :token, version = version + 1
                   WHERE id = :id AND user_id = :tenant";
        let (pin, token) = (vault.seal(self.place(PIN), &ways.pin)?, vault.seal(self.place(TOKEN), &ways.token)?);
        conn.execute(sql, named_params! { ":pin": pin, ":token": token, ":id": self.id, ":tenant": self.tenant })?;
        Ok(())
    }

    fn place(&self, column: &'static str) -> Place<'_> {
        Place { tenant: self.tenant.as_str(), column, row: self.id.as_str() }
    }
}

/// Gives one DJ's running events ways in of their own, sealed for this box.
pub fn renew(conn: &Connection, tenant: &UserId, vault: &Vault) -> Result<()> {
    let all = Sealed::all(conn)?;
    all.iter().filter(|event| event.tenant == *tenant).try_for_each(|event| event.put(conn, &Ways::fresh()?, vault))
}
