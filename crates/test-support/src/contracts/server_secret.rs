//! The contract of `ServerSecretRepository`.

use insights_core::repositories::Repositories;
use insights_core::server_secret::ServerSecret;

use super::at_once;

pub fn the_first_secret_is_kept(repositories: &Repositories) {
    let [first, second] = [1, 200].map(|byte| ServerSecret::new([byte; 32]));
    assert_eq!(repositories.server_secret.get_or_keep(&first).unwrap(), first);
    assert_eq!(repositories.server_secret.get_or_keep(&second).unwrap(), first);
}

pub fn of_many_first_starts_all_get_the_same_secret(repositories: &Repositories) {
    let secrets = at_once(|n| {
        let byte = u8::try_from(n).unwrap();
        repositories.server_secret.get_or_keep(&ServerSecret::new([byte; 32])).unwrap()
    });
    assert!(secrets.iter().all(|secret| *secret == secrets[0]));
}
