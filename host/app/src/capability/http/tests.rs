//! With a server on this machine.

use patchbay_runtime::ask::PluginError;
use patchbay_types::{Grants, HttpGrant};

use super::*;
use crate::capability::tests::server::Server;
use crate::capability::tests::{egress, scope};

fn get(url: String) -> HttpRequest {
    let (method, headers) = ("POST".to_owned(), vec![("x-one".to_owned(), "1".to_owned())]);
    HttpRequest { method, url, headers, timeout_ms: Some(5_000), attributes: Vec::new() }
}

async fn ask(grant: HttpGrant, request: HttpRequest) -> Result<HostReply, PluginError> {
    let secrets = Some(vec!["token".to_owned()]);
    let scope = scope(Grants { http: Some(vec![grant]), secrets, ..Grants::default() });
    send(&egress(), &SecretBook::default(), &scope, &request, &Payload::from("stout")).await
}

#[tokio::test]
async fn a_request_goes_to_a_granted_origin_and_to_no_other() {
    let server = Server::start(418, "short").await;
    let origin = format!("http://{}", server.address);
    let grant = HttpGrant::Detailed { origin: origin.clone(), private: true };
    let Ok(HostReply::Response { response, body }) = ask(grant.clone(), get(format!("{origin}/tea"))).await
    else {
        panic!("no answer")
    };
    assert_eq!((response.status, &body.0[..]), (418, &b"short"[..]));
    assert_eq!(server.seen(), [("POST".to_owned(), "/tea".to_owned(), "stout".into())]);

    let refused = ask(grant.clone(), get("https://example.com/".to_owned())).await.unwrap_err();
    assert_eq!(refused.code, "refused");
    let address = ask(HttpGrant::Origin(origin.clone()), get(format!("{origin}/"))).await.unwrap_err();
    assert_eq!(address.code, "address");
    let unset = ask(grant, get(format!("{origin}/{{{{secret:token}}}}"))).await.unwrap_err();
    assert_eq!(unset.code, "secret");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_grant_that_is_no_origin_is_refused_by_name() {
    let wrong = HttpGrant::Origin("https://example.com/path".to_owned());
    let refused = ask(wrong, get("https://example.com/".to_owned())).await.unwrap_err();
    assert!(refused.code == "refused" && refused.message.contains("is no origin"), "{refused:?}");
}
