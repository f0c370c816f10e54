//! The super admin's pages and calls: accounts, and who crossed a border.

use rocket::State;
use rocket::serde::json::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Done, Page};
use super::guards::Operator;
use super::input::Input;
use super::session::{Answer, identity};
use super::state::Here;
use crate::domain::{AccountStatus, Line, Password, Refusal, Role, User, UserId};
use crate::store::NewAccount;
use crate::ui;

/// Crossings on the dashboard.
const SHOWN: u32 = 30;

#[rocket::get("/superadmin")]
pub fn superadmin(_operator: Operator) -> rocket::response::Redirect {
    rocket::response::Redirect::to("/superadmin/dashboard")
}

#[rocket::get("/superadmin/dashboard")]
pub async fn dashboard(operator: Operator, here: &State<Here>) -> Answer<Page> {
    let (users, crossings) = (here.store.accounts().list().await?, here.store.crossings(SHOWN).await?);
    Ok(Page::plain(ui::superadmin::dashboard(&operator.0, &users, &crossings)))
}

#[rocket::get("/superadmin/users")]
pub async fn users_page(operator: Operator, here: &State<Here>) -> Answer<Page> {
    let users = here.store.accounts().list().await?;
    Ok(Page::plain(ui::superadmin::users(&operator.0, &users)))
}

#[rocket::get("/superadmin/users/new")]
pub fn new_user(operator: Operator) -> Page {
    Page::plain(ui::superadmin::new_user(&operator.0))
}

#[rocket::get("/api/superadmin/users")]
pub async fn users(_operator: Operator, here: &State<Here>) -> Answer<Json<Value>> {
    Ok(Json(json!({ "users": here.store.accounts().list().await? })))
}

#[derive(Deserialize)]
pub struct New {
    #[serde(default)]
    username: String,
    display_name: Option<String>,
    #[serde(default)]
    password: String,
    role: Option<String>,
}

#[rocket::post("/api/superadmin/users", data = "<input>")]
pub async fn add(input: Input<New>, _operator: Operator, here: &State<Here>) -> Answer<Done<User>> {
    let New { username, display_name, password, role } = input.0;
    let role = match role.as_deref().filter(|role| !role.is_empty()) {
        None => Role::Dj,
        Some(text) => Role::parse(text).ok_or_else(|| Refusal::field("role", "Please use dj or superadmin."))?,
    };
    let (username, display_name, password) = identity(&username, display_name.as_deref(), &password)?;
    let user = here.store.accounts().add(NewAccount { username, display_name, password, role }).await?;
    Ok(Done::created(user, "/superadmin/users"))
}

#[derive(Deserialize)]
pub struct Change {
    status: Option<String>,
    password: Option<String>,
    display_name: Option<String>,
}

#[rocket::patch("/api/superadmin/users/<id>", data = "<input>")]
pub async fn change(id: UserId, input: Input<Change>, _operator: Operator, here: &State<Here>) -> Answer<Done<User>> {
    let Change { status, password, display_name } = input.0;
    let unknown = || Refusal::field("status", "Please use active or suspended.");
    let status = status.map(|text| AccountStatus::parse(&text).ok_or_else(unknown)).transpose()?;
    let password = password.map(|text| Password::parse(&text)).transpose()?;
    let name = display_name
        .map(|text| Line::<60>::parse(&text).map_err(|fault| Refusal::text("display_name", fault)))
        .transpose()?;
    let accounts = here.store.accounts();
    if let Some(name) = name {
        accounts.set_display_name(&id, name.into_string()).await?;
    }
    let ends_sessions = password.is_some();
    if let Some(password) = password {
        accounts.set_password(&id, password).await?;
    }
    let user = match status {
        Some(status) => accounts.set_status(&id, status).await?,
        None => accounts.by_id(&id).await?,
    };
    if ends_sessions || user.status == AccountStatus::Suspended {
        here.hub.drop_tenant(&id);
    }
    Ok(Done::ok(user, "/superadmin/users"))
}

#[rocket::delete("/api/superadmin/users/<id>")]
pub async fn delete(id: UserId, _operator: Operator, here: &State<Here>) -> Answer<Done<()>> {
    here.store.accounts().delete(&id).await?;
    here.hub.drop_tenant(&id);
    Ok(Done::nothing("/superadmin/users"))
}
