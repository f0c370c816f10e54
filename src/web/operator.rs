//! The super admin's pages and calls: accounts, and who crossed a border.

use rocket::serde::json::Json;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::Answer;
use super::guards::Operator;
use super::input::Input;
use super::responses::{Done, Page};
use super::session::identity;
use super::state::AppState;
use crate::domain::{
    AccountStatus, AuditQuery, Jump, Line, Outcome, Password, Refusal, Role, User, UserId, clock_trouble,
};
use crate::store::{AccountChange, Client, Deed, KeptDeed, NewAccount};
use crate::ui::{
    self,
    superadmin::{Condition, Listed},
};

pub fn routes() -> Vec<Route> {
    routes![superadmin, dashboard, users_page, new_user, users, add, change, delete]
}

#[rocket::get("/superadmin")]
pub fn superadmin(_operator: Operator) -> rocket::response::Redirect {
    rocket::response::Redirect::to("/superadmin/dashboard")
}

#[rocket::get("/superadmin/dashboard")]
pub async fn dashboard(operator: Operator, here: &State<AppState>) -> Answer<Page> {
    let viewer = here.own_viewer(&operator.0);
    let users = listed(here, "", "", SHOWN).await?;
    let crossings = here.store.record_of_all(AuditQuery::default()).await?;
    let (damage, mut oddities) = (here.store.damage(), here.proxies.oddities());
    oddities.extend(clock_trouble(here.store.now()));
    oddities.extend(here.store.last_jump().await?.map(Jump::sentence));
    let condition = Condition { damage, oddities, outlook: here.network.outlook() };
    Ok(Page::plain(ui::superadmin::dashboard(&viewer, &condition, &users, &crossings.entries)))
}

/// Accounts on a page.
const SHOWN: usize = 50;
/// Accounts in an answer to a program that asks for a part of them.
const ANSWERED: usize = 100;

/// The accounts found by a part of a name, from the one after `after` on; and whether there are more of them.
async fn listed(here: &AppState, part: &str, after: &str, most: usize) -> Answer<Listed> {
    let mut users = here.store.accounts().some(part.trim(), after, most + 1).await?;
    let more = users.len() > most;
    users.truncate(most);
    Ok(Listed { users, more, part: part.trim().to_owned(), begun: !after.is_empty() })
}

#[rocket::get("/superadmin/users?<q>&<after>&<said>")]
pub async fn users_page(
    q: Option<&str>,
    after: Option<&str>,
    said: Option<&str>,
    operator: Operator,
    here: &State<AppState>,
) -> Answer<Page> {
    let viewer = here.own_viewer(&operator.0);
    let users = listed(here, q.unwrap_or_default(), after.unwrap_or_default(), SHOWN).await?;
    Ok(Page::plain(ui::superadmin::users(&viewer, &users, said == Some("saved"))))
}

/// The list with a new or changed account in sight: the whole of it, where it fits one page.
async fn list_with(here: &AppState, user: &User) -> Answer<String> {
    let all = listed(here, "", "", SHOWN).await?;
    Ok(if all.more { format!("/superadmin/users?q={}", user.username) } else { "/superadmin/users".into() })
}

#[rocket::get("/superadmin/users/new")]
pub fn new_user(operator: Operator, here: &State<AppState>) -> Page {
    Page::plain(ui::superadmin::new_user(&here.own_viewer(&operator.0)))
}

/// All accounts; or, asked with `q` or `after`, those found, a part at a time: `next` is what to ask `after` for more.
#[rocket::get("/api/superadmin/users?<q>&<after>")]
pub async fn users(
    q: Option<&str>,
    after: Option<&str>,
    _operator: Operator,
    here: &State<AppState>,
) -> Answer<Json<Value>> {
    if q.is_none() && after.is_none() {
        return Ok(Json(json!({ "users": here.store.accounts().list().await? })));
    }
    let found = listed(here, q.unwrap_or_default(), after.unwrap_or_default(), ANSWERED).await?;
    let next = found.users.last().filter(|_| found.more).map(|user| &user.username);
    Ok(Json(json!({ "users": found.users, "next": next })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    #[serde(default)]
    username: String,
    display_name: Option<String>,
    #[serde(default)]
    password: String,
    role: Option<String>,
}

#[rocket::post("/api/superadmin/users", data = "<input>")]
pub async fn add(input: Input<New>, operator: Operator, client: Client, here: &State<AppState>) -> Answer<Done<User>> {
    let New { username, display_name, password, role } = input.0;
    let role = match role.as_deref().filter(|role| !role.is_empty()) {
        None => Role::Dj,
        Some(text) => Role::parse(text).ok_or_else(|| Refusal::field("role", "Please use dj or superadmin."))?,
    };
    let (username, display_name, password) = identity(&username, display_name.as_deref(), &password)?;
    let user = here.store.accounts().add(NewAccount { username, display_name, password, role }).await?;
    here.store.record(&user.id, deed(&operator, "make the account", client), Outcome::Allowed).await?;
    let page = list_with(here, &user).await?;
    Ok(Done::created(user, page))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    status: Option<String>,
    password: Option<String>,
    display_name: Option<String>,
}

#[rocket::patch("/api/superadmin/users/<id>", data = "<input>")]
pub async fn change(
    id: UserId,
    input: Input<Change>,
    operator: Operator,
    client: Client,
    here: &State<AppState>,
) -> Answer<Done<User>> {
    let Change { status, password, display_name } = input.0;
    let unknown = || Refusal::field("status", "Please use active or suspended.");
    let status = status.map(|text| AccountStatus::parse(&text).ok_or_else(unknown)).transpose()?;
    let password = password.map(|text| Password::parse(&text)).transpose()?;
    let name = display_name
        .map(|text| Line::<60>::parse(&text).map_err(|fault| Refusal::text("display_name", fault)))
        .transpose()?;
    let what: Vec<&str> = [
        (status == Some(AccountStatus::Suspended), "suspend the account"),
        (status == Some(AccountStatus::Active), "let the account in again"),
        (password.is_some(), "set a new password"),
        (name.is_some(), "rename the account"),
    ]
    .into_iter()
    .filter_map(|(done, words)| done.then_some(words))
    .collect();
    let what = what.join(", ");
    let ends_sessions = password.is_some();
    let change = AccountChange { display_name: name.map(Line::into_string), password, status };
    let user = here.store.accounts().change(&id, change).await?;
    here.store.record(&id, deed(&operator, &what, client), Outcome::Allowed).await?;
    if ends_sessions || user.status == AccountStatus::Suspended {
        here.hang_up(&id, None);
    }
    if user.status == AccountStatus::Suspended {
        here.hub.drop_tenant(&id);
    }
    let page = list_with(here, &user).await?;
    let more = if page.contains('?') { '&' } else { '?' };
    Ok(Done::ok(user, format!("{page}{more}said=saved")))
}

fn deed(operator: &Operator, action: &str, client: Client) -> Deed {
    Deed { actor: operator.0.username.as_str().to_owned(), action: action.to_owned(), client }
}

#[rocket::delete("/api/superadmin/users/<id>")]
pub async fn delete(id: UserId, operator: Operator, client: Client, here: &State<AppState>) -> Answer<Done<()>> {
    let gone = here.store.accounts().by_id(&id).await?;
    // The deleted account's own record goes with it; this stays in the operator's.
    let action = format!("delete the account {}", gone.username);
    let kept = (gone.id != operator.0.id)
        .then(|| KeptDeed { by: operator.0.id.clone(), deed: deed(&operator, &action, client) });
    let leaving = here.store.accounts().dismiss(&id, kept).await?;
    here.hang_up(&id, None);
    here.hub.drop_tenant(&id);
    leaving.empty_by_itself();
    Ok(Done::nothing("/superadmin/users"))
}
