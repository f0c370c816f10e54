//! The database, to take home.

use rocket::http::{ContentType, Header};
use rocket::request::Request;
use rocket::response::{Responder, Response, Result as Answered};
use rocket::tokio::fs::File;
use rocket::{Route, State, routes};

use super::errors::Answer;
use super::guards::Operator;
use super::state::AppState;
use crate::domain::Outcome;
use crate::store::{Client, Deed, Error};

pub fn routes() -> Vec<Route> {
    routes![download]
}

/// A file that a browser saves under a name.
pub struct Download {
    file: File,
    size: u64,
    name: String,
}

impl<'r> Responder<'r, 'static> for Download {
    fn respond_to(self, _: &'r Request<'_>) -> Answered<'static> {
        Response::build()
            .header(ContentType::new("application", "vnd.sqlite3"))
            .header(Header::new("Content-Disposition", format!("attachment; filename=\"{}\"", self.name)))
            .header(Header::new("Content-Length", self.size.to_string()))
            // It is read as it is sent, and is never in memory as a whole.
            .streamed_body(self.file)
            .ok()
    }
}

/// Everything of everybody as it is now, but for what the key file seals.
#[rocket::get("/api/superadmin/backup")]
pub async fn download(operator: Operator, client: Client, here: &State<AppState>) -> Answer<Download> {
    let deed = Deed { actor: operator.0.username.as_str().to_owned(), action: "download a backup".into(), client };
    match here.store.record(&operator.0.id, deed, Outcome::Allowed).await {
        // What cannot be saved any more must be taken home all the more.
        Err(Error::Displaced) => log::warn!(target: "box", "A backup was downloaded, which could not be recorded."),
        recorded => recorded?,
    }
    let file = here.store.snapshot().await?;
    let size = file.metadata().map_err(|_| Error::Disk)?.len();
    Ok(Download { file: File::from_std(file), size, name: format!("partyplaylist-{}.db", here.store.now().stamp()) })
}
