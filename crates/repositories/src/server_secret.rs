//! The server's secret.

use diesel::prelude::*;
use diesel::sql_types::Binary;
use insights_core::error::RepositoryResult;
use insights_core::server_secret::ServerSecret;
use insights_core::server_secret::repository::ServerSecretRepository;

use crate::database::DieselDatabase;
use crate::failure::unreadable;
use crate::schema::server_secret;

const WHAT: &str = "server secret";

impl ServerSecretRepository for DieselDatabase {
    fn get_or_keep(&self, candidate: &ServerSecret) -> RepositoryResult<ServerSecret> {
        // One statement for both databases: Diesel offers no insert that yields over several, though their syntax is the same.
        let insert = "INSERT INTO server_secret (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
        self.write(WHAT, |connection| {
            diesel::sql_query(insert).bind::<Binary, _>(candidate.reveal().as_slice()).execute(connection)?;
            let stored: Vec<u8> = server_secret::table.select(server_secret::secret).first(connection)?;
            let n_bytes = stored.len();
            let bytes = stored.try_into().map_err(|_| unreadable(WHAT, format!("{n_bytes} bytes are stored")))?;
            Ok(ServerSecret::new(bytes))
        })
    }
}
