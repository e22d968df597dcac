//! Telling people and programs that an alert fires: by mail, by signed webhooks, and as Slack takes it.

pub mod mail;
pub mod webhook;
