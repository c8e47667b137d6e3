//! What is connected to is what was checked.

use super::*;

/// A server under a name, and a client for which the name leads where the script says.
async fn named(answers: &[&[&str]], close: bool) -> (Server, Egress, Arc<Script>, String) {
    let kept = if close { "close" } else { "keep-alive" };
    let server = Server::start(move |_| Answer::new(200, "ok").with("connection", kept)).await;
    let names = Script::new(answers);
    let egress = egress_with(EgressLimits::default(), Arc::clone(&names) as Arc<dyn Lookup>);
    let url = format!("http://h.test:{}", server.port());
    (server, egress, names, url)
}

async fn code(egress: &Egress, url: &str, may: &Reach) -> &'static str {
    egress.send(get(url), may, &Vault::default()).await.map_or_else(|error| error.code(), |_| "ok")
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_refused_unless_that_was_granted() {
    for address in ["127.0.0.1", "::1", "10.0.0.1", "169.254.1.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"] {
        let (server, egress, _, url) = named(&[&[address]], true).await;
        let error = egress.send(get(&url), &reach(&url, false, &[]), &Vault::default()).await.unwrap_err();
        assert_eq!(error.code(), "address", "{address}: {error}");
        assert!(error.to_string().starts_with("h.test leads to a private address"), "{error}");
        assert!(server.seen().is_empty());
    }
    let (server, egress, _, url) = named(&[&["127.0.0.1"]], true).await;
    assert_eq!(code(&egress, &url, &reach(&url, true, &[])).await, "ok");
    assert_eq!(server.only().all("host"), [url.strip_prefix("http://").unwrap()]);
}

#[tokio::test]
async fn one_bad_address_among_good_ones_is_enough() {
    let (server, egress, _, url) = named(&[&["8.8.8.8", "127.0.0.1"]], true).await;
    assert_eq!(code(&egress, &url, &reach(&url, false, &[])).await, "address");
    let (_, egress, _, url) = named(&[&["127.0.0.1", "169.254.169.254"]], true).await;
    assert_eq!(code(&egress, &url, &reach(&url, true, &[])).await, "address");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_name_is_looked_up_once_for_each_connection_and_checked_each_time() {
    let (server, egress, names, url) = named(&[&["127.0.0.1"], &["169.254.169.254"]], true).await;
    let may = reach(&url, true, &[]);
    assert_eq!(code(&egress, &url, &may).await, "ok");
    assert_eq!(names.asked(), ["h.test"]);
    assert_eq!(code(&egress, &url, &may).await, "address");
    assert_eq!((names.asked().len(), server.seen().len()), (2, 1));
}

#[tokio::test]
async fn a_kept_connection_is_used_again_but_never_by_a_narrower_reach() {
    let (server, egress, names, url) = named(&[&["127.0.0.1"]], false).await;
    assert_eq!(code(&egress, &url, &reach(&url, true, &[])).await, "ok");
    assert_eq!(code(&egress, &url, &reach(&url, true, &[])).await, "ok");
    assert_eq!(names.asked().len(), 1, "the connection was kept");
    assert_eq!(code(&egress, &url, &reach(&url, false, &[])).await, "address");
    assert_eq!((names.asked().len(), server.seen().len()), (2, 2));
}

#[tokio::test]
async fn an_address_in_the_url_is_checked_however_it_is_written() {
    let server = Server::start(|_| Answer::new(200, "")).await;
    for host in
        ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::1]", "0"]
    {
        let url = format!("http://{host}:{}/", server.port());
        let granted = reach(url.trim_end_matches('/'), false, &[]);
        assert_eq!(code(&egress(), &url, &granted).await, "address", "{host}");
    }
    assert!(server.seen().is_empty());
    let granted = reach(&server.origin(), true, &[]);
    assert_eq!(code(&egress(), &format!("http://0x7f.1:{}/", server.port()), &granted).await, "ok");
}

#[tokio::test]
async fn metadata_is_refused_even_with_private_unless_it_is_named_itself() {
    for host in ["metadata.google.internal", "METADATA.google.internal.", "instance-data", "169.254.169.254"]
    {
        let url = format!("https://{host}");
        assert_eq!(code(&egress(), &url, &reach("*.google.internal", true, &[])).await.len(), 7, "{host}");
    }
    // Granted by its name, the address is not what stops it: the script knows no such name.
    let url = "http://metadata.google.internal";
    assert_eq!(code(&egress(), url, &reach(url, true, &[])).await, "connect");
    assert_eq!(code(&egress(), url, &reach(url, false, &[])).await, "address");
}

#[tokio::test]
async fn a_final_dot_does_not_reach_the_server() {
    let (server, egress, names, url) = named(&[&["127.0.0.1"]], true).await;
    let dotted = url.replace("h.test", "H.test.");
    assert_eq!(code(&egress, &dotted, &reach(&url, true, &[])).await, "ok");
    assert_eq!(names.asked(), ["h.test"]);
    assert_eq!(server.only().all("host"), [url.strip_prefix("http://").unwrap()]);
}

#[tokio::test]
async fn a_name_without_an_address_is_a_connect_error() {
    let (_, egress, _, url) = named(&[&[]], true).await;
    let error = egress.send(get(&url), &reach(&url, true, &[]), &Vault::default()).await.unwrap_err();
    assert!(error.code() == "connect" && error.to_string().contains("the name has no address"), "{error}");
}

#[tokio::test]
async fn the_machines_resolver_is_asked_when_nothing_else_is_given() {
    let server = Server::start(|_| Answer::new(200, "")).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let egress = Egress::new(EgressLimits::default());
    let url = format!("http://localhost:{}", server.port());
    assert_eq!(code(&egress, &url, &reach(&url, true, &[])).await, "ok");
    assert_eq!(code(&egress, &url, &reach(&url, false, &[])).await, "address");
}
