//! Extractors: what a handler names as a parameter, and gets only where the request brings it.

pub(crate) mod agent;
pub(crate) mod auth;
pub(crate) mod fields;
pub(crate) mod form;
pub(crate) mod json;
pub(crate) mod order;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod scope;
pub(crate) mod upload;
