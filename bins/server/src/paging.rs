//! Pages of lists as clients see them: `{"count", "next", "previous", "results"}`.

use actix_web::HttpRequest;
use insights_core::paging::{Page, Paged};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::address::PublicUrl;

/// The parameters that choose a page.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// Most results to return, 100 where absent, at most 1000.
    pub(crate) limit: Option<i64>,
    /// Results to skip.
    pub(crate) offset: Option<i64>,
}

impl PageParams {
    /// The page that they choose.
    pub(crate) fn page(self) -> Page {
        Page::new(self.limit, self.offset)
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    /// Results over all pages.
    pub(crate) count: u64,
    /// Address of the page after this one.
    pub(crate) next: Option<String>,
    /// Address of the page before this one.
    pub(crate) previous: Option<String>,
    /// Results of this page.
    pub(crate) results: Vec<T>,
}

impl<T> Envelope<T> {
    /// The page `page` of the list that `request` asked for. Its neighbours' addresses keep every other parameter of the request.
    pub(crate) fn new(request: &HttpRequest, page: Page, paged: Paged<T>) -> Self {
        let url = PublicUrl::of(request);
        let at =
            |offset: u64| url.with_parameters(&[("limit", page.limit().to_string()), ("offset", offset.to_string())]);
        Self {
            count: paged.count,
            next: page.next_offset(paged.count).map(at),
            previous: page.previous_offset().map(at),
            results: paged.items,
        }
    }
}
