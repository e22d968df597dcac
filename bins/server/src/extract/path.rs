//! Parameters of the path.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use super::order::{Extracted, afterwards};
use crate::error::ApiError;

/// The parameters of the path as `T`: a struct takes them by name, a tuple or a single value by position. A 404 where they do not fit,
/// since no such thing can be there.
#[derive(Debug)]
pub(crate) struct PathParams<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for PathParams<T> {
    type Error = ApiError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parsed = web::Path::<T>::from_request(request, payload).into_inner();
        afterwards(request, async { parsed.map(|path| Self(path.into_inner())).map_err(|_| ApiError::not_found()) })
    }
}
