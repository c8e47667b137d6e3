//! What `patchbay secrets list` says: the identity, the keys of providers, the secrets of plugins.

use patchbay_admin::api::{CredentialView, IdentityView, SecretView, VaultView};

use crate::cli::{pairs, table::Table};

pub(super) fn words(vault: VaultView) -> String {
    [identity(vault.identity), credentials(vault.credentials), secrets(vault.secrets)].join("\n\n")
}

fn identity(identity: IdentityView) -> String {
    let IdentityView { recipient, file, locked, recipients, old, rotated } = identity;
    let locked = if locked { " (locked with a passphrase)" } else { "" };
    let none = |list: Vec<String>| if list.is_empty() { "-".to_owned() } else { list.join(" ") };
    pairs([
        ("identity", recipient),
        ("file", format!("{file}{locked}")),
        ("in charge since", rotated.map_or("it was made".to_owned(), |at| at.to_string())),
        ("also sealed for", none(recipients)),
        ("earlier ones kept", none(old)),
    ])
}

fn credentials(credentials: Vec<CredentialView>) -> String {
    let rows = credentials.into_iter().map(|row| {
        let key = row.credential.unwrap_or_else(|| "cannot be used".to_owned());
        let sealed = row.sealed.map(|at| at.to_string()).unwrap_or_default();
        [row.provider.to_string(), key, sealed, row.origin, row.reason.unwrap_or_default()]
    });
    Table::new(["PROVIDER", "KEY", "SEALED", "ORIGIN", "NOTE"])
        .with(rows)
        .or("no provider has a key: patchbay provider add NAME --url URL --key-env VAR --model MODEL")
}

fn secrets(secrets: Vec<SecretView>) -> String {
    let rows = secrets.into_iter().map(|secret| {
        let state = secret.fingerprint.unwrap_or_else(|| "cannot be used".to_owned());
        let note = secret.reason.unwrap_or_default();
        [secret.name, state, secret.updated.to_string(), secret.origins.join(" "), note]
    });
    Table::new(["NAME", "FINGERPRINT", "UPDATED", "ORIGINS", "NOTE"])
        .with(rows)
        .or("no secrets of plugins yet: patchbay secrets set NAME --origin URL")
}
