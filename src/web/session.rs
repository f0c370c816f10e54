//! Signing in and out, and the first super admin.

use rocket::http::RawStr;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cookies::SetCookies;
use super::entered::{Entered, having_entered};
use super::errors::Answer;
use super::guards::{Maybe, Me, SameSite};
use super::held_turn::waiting;
use super::input::Input;
use super::local::is_local;
use super::responses::{Done, Onward, Page};
use super::state::AppState;
use crate::domain::{Line, Password, Refusal, Role, User, Username};
use crate::store::{Client, Signed};
use crate::ui;

pub fn routes() -> Vec<Route> {
    routes![login_page, login, login_at, logout_page, logout, me, setup_page, setup]
}

#[derive(Deserialize)]
pub struct Login {
    username: String,
    password: String,
    next: Option<String>,
}

#[derive(Deserialize)]
pub struct Setup {
    #[serde(default)]
    token: String,
    #[serde(default)]
    username: String,
    display_name: Option<String>,
    #[serde(default)]
    password: String,
}

/// The form; and the way on for who is signed in.
#[rocket::get("/login?<next>")]
pub fn login_page(next: Option<&str>, me: Maybe<Me>, entered: Entered) -> Answer<Result<Page, Onward>> {
    let next = next.filter(|next| is_local(next));
    match me.0 {
        Some(me) => Ok(Err(Onward(next.map_or_else(|| home_of(&me.0.user), str::to_owned), SetCookies::default()))),
        None if entered.now && !entered.signed_in => Err(Refusal::CookiesBlocked.into()),
        None => Ok(Ok(Page::plain(ui::login(next, None)))),
    }
}

/// Where somebody goes who has just been signed in, to be on `page` in the end.
fn signed_in(page: &str) -> String {
    having_entered(&format!("/login?next={}", RawStr::new(page).percent_encode()))
}

#[rocket::post("/api/login", data = "<input>")]
pub async fn login(
    input: Input<Login>,
    _from: SameSite,
    client: Client,
    here: &State<AppState>,
) -> Answer<Done<Value>> {
    admit(input.0, client, here).await
}

/// The same under a DJ's name, for anybody of this box.
#[rocket::post("/api/<_>/login", data = "<input>")]
pub async fn login_at(
    input: Input<Login>,
    _from: SameSite,
    client: Client,
    here: &State<AppState>,
) -> Answer<Done<Value>> {
    admit(input.0, client, here).await
}

async fn admit(login: Login, client: Client, here: &AppState) -> Answer<Done<Value>> {
    let Login { username, password, next } = login;
    // Hashing waits in a line of its own.
    let signed = waiting(here.store.sign_in(&username, password, client, here.session_hours)).await?;
    let home = next.filter(|next| is_local(next)).unwrap_or_else(|| home_of(&signed.user));
    let (body, cookies) = enter(here, &signed)?;
    Ok(Done::ok(body, signed_in(&home)).with(cookies))
}

#[rocket::get("/logout")]
pub fn logout_page(me: Me) -> Page {
    Page::plain(ui::logout(&me.0.user))
}

#[rocket::post("/api/logout")]
pub async fn logout(me: Me, here: &State<AppState>) -> Answer<Done<()>> {
    here.store.end_session(&me.0.user.id, &me.0.session).await?;
    here.hang_up(&me.0.user.id, Some(&me.0.session));
    Ok(Done::nothing("/").with(here.cookies.signed_out()))
}

#[rocket::get("/api/me")]
pub fn me(me: Me) -> rocket::serde::json::Json<User> {
    me.0.user.into()
}

#[rocket::get("/setup?<t>")]
pub async fn setup_page(t: Option<&str>, here: &State<AppState>) -> Answer<Result<Page, Onward>> {
    if !here.store.accounts().needs_setup().await? {
        return Ok(Err(Onward("/login".into(), SetCookies::default())));
    }
    let token = t.filter(|t| here.setup_token.as_deref() == Some(*t)).ok_or(Refusal::SetupClosed)?;
    Ok(Ok(Page::plain(ui::setup(token))))
}

#[rocket::post("/api/setup", data = "<input>")]
pub async fn setup(
    input: Input<Setup>,
    _from: SameSite,
    client: Client,
    here: &State<AppState>,
) -> Answer<Done<Value>> {
    let Setup { token, username, display_name, password } = input.0;
    if here.setup_token.as_deref() != Some(token.as_str()) {
        return Err(Refusal::SetupClosed.into());
    }
    let (username, display_name, password) = identity(&username, display_name.as_deref(), &password)?;
    let user = here.store.accounts().claim(username, display_name, password).await?;
    let (body, cookies) = enter(here, &here.store.begin_session(user, client, here.session_hours).await?)?;
    Ok(Done::created(body, signed_in("/superadmin/dashboard")).with(cookies))
}

/// A username, the name shown (the username where none is given) and a password, or everything that is wrong with them.
pub fn identity(username: &str, shown: Option<&str>, password: &str) -> Result<(Username, String, Password), Refusal> {
    let mut faults = Vec::new();
    let name = Username::parse(username);
    if name.is_none() {
        let shape =
            "Please use 3 to 20 of a-z, 0-9 and -, with a letter or digit at both ends; some words are reserved.";
        faults.push(("username", shape.to_owned()));
    }
    let shown = shown.filter(|shown| !shown.trim().is_empty()).unwrap_or(username);
    let shown = Line::<60>::parse(shown).map_err(|fault| faults.push(("display_name", fault.sentence())));
    let password = Password::parse(password);
    if let Err(Refusal::Invalid(more)) = &password {
        faults.extend(more.clone());
    }
    match (name, shown, password) {
        (Some(name), Ok(shown), Ok(password)) if faults.is_empty() => Ok((name, shown.into_string(), password)),
        _ => Err(Refusal::Invalid(faults)),
    }
}

fn enter(here: &AppState, signed: &Signed) -> Answer<(Value, SetCookies)> {
    let (token, mut cookies) = here.session_cookies(signed)?;
    cookies.0.push(here.known_cookie(&signed.user.username)?);
    Ok((json!({ "user": signed.user, "token": token }), cookies))
}

fn home_of(user: &User) -> String {
    match user.role {
        Role::Superadmin => "/superadmin/dashboard".into(),
        Role::Dj => user.username.admin("overview"),
    }
}
