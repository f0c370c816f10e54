use crate::domain::*;
use maud::{Markup, html};
pub struct Part {
    pub name: &'static str,
    pub html: String,
}
pub fn home(_owner: Option<&str>, _me: Option<&User>) -> Markup {
    html! {}
}
pub fn login(_next: Option<&str>, _problem: Option<&str>) -> Markup {
    html! {}
}
pub fn logout(_me: &User) -> Markup {
    html! {}
}
pub fn setup(_t: &str) -> Markup {
    html! {}
}
pub fn problem(_s: u16, _t: &str, _b: Option<&str>) -> Markup {
    html! {}
}
pub fn help(_b: &str) -> Markup {
    html! {}
}
pub fn qr(_t: &str) -> String {
    String::new()
}
pub mod superadmin {
    use super::*;
    pub fn dashboard(_m: &User, _u: &[User], _a: &[AuditEntry]) -> Markup {
        html! {}
    }
    pub fn users(_m: &User, _u: &[User]) -> Markup {
        html! {}
    }
    pub fn new_user(_m: &User) -> Markup {
        html! {}
    }
}
pub mod guest {
    use super::*;
    pub fn door(_u: &Username, _h: &str, _e: &str) -> Markup {
        html! {}
    }
    pub fn closed(_h: &str, _s: &str) -> Markup {
        html! {}
    }
    pub fn party(_p: &Party, _k: &str) -> Markup {
        html! {}
    }
    pub fn parts(_u: &Username, _e: &PartyEvent, _p: &Playback, _q: &[RequestView]) -> Vec<Part> {
        vec![]
    }
}
pub mod host {
    use super::*;
    pub fn overview(_m: &User, _b: &Board, _s: &[Screen]) -> Markup {
        html! {}
    }
    pub fn requests(_m: &User, _b: &Board) -> Markup {
        html! {}
    }
    pub fn queue(_m: &User, _b: &Board) -> Markup {
        html! {}
    }
    pub fn settings(_m: &User, _b: &Board, _r: &HouseRules) -> Markup {
        html! {}
    }
    pub fn history(_m: &User, _b: &Board, _e: &[EventSummary]) -> Markup {
        html! {}
    }
    pub fn report(_m: &User, _b: &Board, _r: &Report) -> Markup {
        html! {}
    }
    pub fn poster(_b: &Board, _q: &str) -> Markup {
        html! {}
    }
    pub fn screen_made(_m: &User, _b: &Board, _u: &str, _s: &Screen) -> Markup {
        html! {}
    }
    pub fn parts(_b: &Board) -> Vec<Part> {
        vec![]
    }
}
pub mod display {
    use super::*;
    pub fn page(_s: &Stage, _q: Option<&str>) -> Markup {
        html! {}
    }
    pub fn parts(_s: &Stage, _q: Option<&str>) -> Vec<Part> {
        vec![]
    }
    pub fn closed(_s: &str) -> Markup {
        html! {}
    }
}
