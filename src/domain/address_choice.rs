//! How QR codes come by their address, and what their owner may choose.

use std::net::IpAddr;

use serde::Serialize;

use super::{Address, Chosen, Reach};

/// An address the owner may choose.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    pub ip: IpAddr,
    pub address: String,
    pub interface: String,
    pub reach: Reach,
}

/// How QR codes come by their address.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    pub address: Address,
    /// Whether the configuration says it.
    pub fixed: bool,
    /// What there is to choose from.
    pub choices: Vec<Choice>,
    /// What the owner chose last, whether it is there now or not.
    pub chosen: Option<Chosen>,
    /// The one of `choices` that the choice stands for now.
    pub current: Option<IpAddr>,
}
