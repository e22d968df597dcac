//! `hindsight serve`: opens the stores, prepares a first start, and serves until told to stop.

use actix_web::rt;
use insights_core::setup::FirstStart;

use super::print_line;
use crate::cli::CommandError;
use crate::config::{ServeConfig, StorageConfig};
use crate::logging;
use crate::server::{self, StopSignal};

/// Serves until SIGINT or SIGTERM, then lets running requests finish and flushes the stores.
pub(crate) fn run(storage: &StorageConfig, config: ServeConfig) -> Result<(), CommandError> {
    logging::start(&config.log, config.log_format)
        .map_err(CommandError::because("log: this is no filter, `info` would be one"))?;
    let listen = config.listen;
    let runtime = rt::System::new();
    runtime.block_on(async move {
        let stop = StopSignal::listen().map_err(CommandError::because("cannot wait for signals"))?;
        let running = server::start(storage, config)
            .await
            .map_err(CommandError::because(format!("cannot serve on {listen} from {}", storage.data_dir.display())))?;
        if let Some(first_start) = running.first_start() {
            announce(first_start)?;
        }
        print_line(format_args!("Listening on http://{}", running.address()))?;
        running.until(stop).await.map_err(CommandError::because("the server failed"))
    })
}

/// Prints what the first start made; the key is shown this once.
fn announce(first_start: &FirstStart) -> Result<(), CommandError> {
    let FirstStart { organization, owner, project, issued } = first_start;
    print_line("First start: made an organization, its owner, a project and a personal API key with all scopes.")?;
    print_line(format_args!("  organization      {} ({})", organization.id, organization.name))?;
    print_line(format_args!("  user              {}", owner.profile.email))?;
    print_line(format_args!("  project id        {}", project.id))?;
    print_line(format_args!("  project token     {}", project.api_token))?;
    print_line(format_args!("  personal API key  {}", issued.secret.reveal()))?;
    print_line("The key is not shown again.")
}
