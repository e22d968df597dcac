//! Work that one of several servers does.

use actix_web::web;
use chrono::TimeDelta;

use crate::app::AppState;
use crate::blocking::blocking;
use crate::error::ApiError;

/// Does `work` with the lease of that name, which nobody else gets for so long unless it is done earlier. `None` where another server has it.
pub(super) async fn under_lease<T>(
    state: &web::Data<AppState>,
    name: String,
    duration: TimeDelta,
    work: impl Future<Output = Result<T, ApiError>>,
) -> Result<Option<T>, ApiError> {
    let (services, lease, holder) = (state.clone(), name.clone(), state.lease_holder);
    let is_ours = blocking(move || {
        let now = services.clock.now();
        services.storage.repositories.leases.acquire(&lease, holder, now, duration)
    });
    if !is_ours.await? {
        return Ok(None);
    }
    let done = work.await;
    let services = state.clone();
    blocking(move || services.storage.repositories.leases.release(&name, holder)).await?;
    done.map(Some)
}
