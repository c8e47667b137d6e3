//! What a task lacks before its skill is asked: a program, an origin, a secret. Said so, it costs no attempt. It must not
//! know how a skill works beyond the fields of its input that name such things.

use bytes::Bytes;
use patchbay_admin::SecretBook;
use patchbay_egress::{Egress, Outgoing, Reach, SendError};
use patchbay_types::Grants;
use serde_json::Value;

use crate::capability::Filled;

/// The skills whose input says what they need.
const EXEC: &str = "exec";
const HTTP: &str = "http";

/// One sentence for each thing that is missing, with what to do.
pub(super) fn missing(
    skill: &str,
    grants: &Grants,
    input: &Value,
    egress: &Egress,
    secrets: &SecretBook,
) -> Vec<String> {
    let lacks = match skill {
        EXEC => program_missing(grants, input),
        HTTP => request_missing(grants, input, egress, secrets),
        _ => None,
    };
    lacks.into_iter().collect()
}

/// The program that is to run is listed, there, and executable.
fn program_missing(grants: &Grants, input: &Value) -> Option<String> {
    let Some(program) = input["program"].as_str() else {
        return Some("`program` in its input: the name of a program, as a text".to_owned());
    };
    if !grants.process.iter().flatten().any(|listed| listed == program) {
        return Some(format!(
            "the permission to run {program:?}: list it in patchbay.toml, [skills.exec] programs = [{program:?}], and \
             start the host again"
        ));
    }
    let found = patchbay_process::find(program, std::env::var_os("PATH").as_deref());
    found.err().map(|error| format!("the program {program:?}: {error}"))
}

/// The request is one, its origin is listed, and each secret that it names is there for it.
fn request_missing(grants: &Grants, input: &Value, egress: &Egress, secrets: &SecretBook) -> Option<String> {
    let Some(url) = input["url"].as_str() else {
        return Some("`url` in its input: where the request goes, as a text".to_owned());
    };
    let headers = input["headers"].as_object().into_iter().flatten();
    let request = Outgoing {
        method: input["method"].as_str().unwrap_or("GET").to_uppercase(),
        url: url.to_owned(),
        headers: headers
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        body: Bytes::new(),
        timeout: None,
    };
    let (http, named) = (grants.http.as_deref(), grants.secrets.as_deref());
    let reach = match Reach::new(http.unwrap_or_default(), named.unwrap_or_default()) {
        Ok(reach) => reach,
        Err(wrong) => return Some(wrong.to_string()),
    };
    let refused = egress.preflight_request(request, &reach, &Filled(secrets)).err()?;
    Some(needed(&refused))
}

/// In the operator's words.
fn needed(refused: &SendError) -> String {
    match refused {
        SendError::NotGranted { origin } => {
            let entry = entry(origin);
            format!(
                "the permission to reach {origin}: list it in patchbay.toml, [skills.http] origins = [{entry:?}], and \
                 start the host again"
            )
        }
        SendError::Address { .. } => format!(
            "the permission to reach a private address: {refused}; in patchbay.toml that is [skills.http] origins = \
             [{{ origin = \"…\", private = true }}]"
        ),
        SendError::SecretNotGranted { name } => format!(
            "the permission to fill in the secret {name:?}: load the skill with it, `patchbay plugin load http --slot \
             skills/http --grant secrets={name} --grant http=ORIGIN`"
        ),
        SendError::SecretMissing { name } => {
            format!("the secret {name:?}: set it, `patchbay secrets set {name} --origin URL`")
        }
        SendError::SecretBound { name, origin } => format!(
            "the secret {name:?} for {origin}: bind it, `patchbay secrets set {name} --origin {origin}`"
        ),
        other => format!("a request in its input that can be sent: {other}"),
    }
}

/// An origin as the configuration lists it: `api.example.com`, `http://localhost:8080`.
fn entry(origin: &str) -> &str {
    let secure = origin.strip_prefix("https://");
    secure.map_or(origin, |authority| authority.strip_suffix(":443").unwrap_or(authority))
}

#[cfg(test)]
mod tests {
    use patchbay_egress::EgressLimits;
    use serde_json::json;

    use super::*;

    fn lacks(grants: &Grants, input: Value) -> String {
        let egress = Egress::new(EgressLimits::default());
        missing(HTTP, grants, &input, &egress, &SecretBook::default()).join("; ")
    }

    fn grants(http: &[&str], secrets: &[&str]) -> Grants {
        Grants {
            http: Some(http.iter().map(|origin| serde_json::from_value(json!(origin)).unwrap()).collect()),
            secrets: Some(secrets.iter().map(|name| (*name).to_owned()).collect()),
            ..Grants::default()
        }
    }

    #[test]
    fn an_origin_that_is_not_listed_is_named_as_the_configuration_takes_it() {
        let none = grants(&[], &[]);
        let said = lacks(&none, json!({"url": "https://api.example.com/v1"}));
        assert!(said.contains("[skills.http] origins = [\"api.example.com\"]"), "{said}");
        let said = lacks(&none, json!({"url": "http://api.example.com:8080/v1"}));
        assert!(said.contains("origins = [\"http://api.example.com:8080\"]"), "{said}");
        assert_eq!(
            lacks(&grants(&["api.example.com"], &[]), json!({"url": "https://api.example.com/v1"})),
            ""
        );
        let said = lacks(&grants(&["http://127.0.0.1:1"], &[]), json!({"url": "http://127.0.0.1:1/"}));
        assert!(said.contains("private = true"), "{said}");
    }

    #[test]
    fn a_secret_that_is_not_there_is_named_with_the_command_that_sets_it() {
        let input = json!({"url": "https://api.example.com", "headers": {"authorization": "Bearer {{secret:token}}"}});
        let said = lacks(&grants(&["api.example.com"], &["token"]), input.clone());
        assert!(said.contains("`patchbay secrets set token --origin URL`"), "{said}");
        let said = lacks(&grants(&["api.example.com"], &[]), input);
        assert!(said.contains("the permission to fill in the secret \"token\""), "{said}");
    }

    #[test]
    fn a_request_that_is_none_is_told_as_well() {
        assert!(lacks(&grants(&[], &[]), json!({})).contains("`url`"));
        assert!(lacks(&grants(&[], &[]), json!({"url": "ftp://a"})).contains("neither http nor https"));
    }
}
