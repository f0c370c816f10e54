//! The record of who did what: a DJ's own, and that of the whole box for its owner.

use rocket::form::FromForm;
use rocket::serde::json::Json;
use rocket::{Route, State, routes};

use super::errors::Answer;
use super::guards::Operator;
use super::responses::Page;
use super::state::AppState;
use crate::domain::{AuditPage, AuditQuery, Outcome, Refusal};
use crate::store::{Host, Tenant};
use crate::ui::{self, Record};

pub fn routes() -> Vec<Route> {
    routes![page, entries, page_of_all, all]
}

/// What an address asks of the record; what is left empty is not asked.
#[derive(FromForm)]
pub struct AuditParams<'r> {
    /// A part of a name.
    q: Option<&'r str>,
    outcome: Option<&'r str>,
    before: Option<&'r str>,
}

impl AuditParams<'_> {
    fn read(&self) -> Result<AuditQuery, Refusal> {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let odd_outcome = || Refusal::Malformed("outcome takes allowed or refused.".into());
        let odd_place = |_| Refusal::Malformed("before takes the id of an entry.".into());
        Ok(AuditQuery {
            name: given(self.q).unwrap_or_default(),
            outcome: given(self.outcome).map(|text| Outcome::parse(&text).ok_or_else(odd_outcome)).transpose()?,
            before: given(self.before).map(|text| text.parse().map_err(odd_place)).transpose()?,
        })
    }
}

#[rocket::get("/<_>/admin/audit?<params..>")]
pub async fn page(params: AuditParams<'_>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let (viewer, sought) = (here.viewer(&host), params.read()?);
    let (board, found) = (host.board(&here.address(&host)).await?, host.record(sought.clone()).await?);
    Ok(Page::plain(ui::host::audit(&viewer, &board, &Record { sought: &sought, found: &found })))
}

#[rocket::get("/api/<_>/audit?<params..>")]
pub async fn entries(params: AuditParams<'_>, host: Tenant<Host>) -> Answer<Json<AuditPage>> {
    Ok(Json(host.record(params.read()?).await?))
}

#[rocket::get("/superadmin/audit?<params..>")]
pub async fn page_of_all(params: AuditParams<'_>, operator: Operator, here: &State<AppState>) -> Answer<Page> {
    let (viewer, sought) = (here.own_viewer(&operator.0), params.read()?);
    let found = here.store.record_of_all(sought.clone()).await?;
    Ok(Page::plain(ui::superadmin::audit(&viewer, &Record { sought: &sought, found: &found })))
}

#[rocket::get("/api/superadmin/audit?<params..>")]
pub async fn all(params: AuditParams<'_>, _operator: Operator, here: &State<AppState>) -> Answer<Json<AuditPage>> {
    Ok(Json(here.store.record_of_all(params.read()?).await?))
}
