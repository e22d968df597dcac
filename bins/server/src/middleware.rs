//! What every request passes through before its handler, and every answer on its way back.

pub(crate) mod body_key;
pub(crate) mod observe;
pub(crate) mod panics;
pub(crate) mod paths;
pub(crate) mod security_headers;
