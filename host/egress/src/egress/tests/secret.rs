//! Secrets go where they are bound to, and never back.

use super::*;

const TOKEN: &str = "123:AB/c d+é&#";

async fn echo() -> Server {
    Server::start(|seen| {
        let said = seen.all("x-token").join(",");
        let body = format!("{} {} {said}", seen.target, String::from_utf8_lossy(&seen.body));
        Answer::new(200, body).with("x-target", &seen.target).with("content-type", "text/plain")
    })
    .await
}

fn vault(server: &Server) -> Vault {
    Vault::default().with("token", TOKEN, &[&server.origin()]).with("plain", "p4ss-w0rd", &[&server.origin()])
}

async fn send(server: &Server, request: Outgoing) -> Result<Incoming, SendError> {
    let may = reach(&server.origin(), true, &["token", "plain", "gone", "elsewhere", "empty", "lines"]);
    let elsewhere = ["https://127.0.0.1:443", "http://127.0.0.1:1", "http://localhost:80", "rubbish", "*"];
    let vault = vault(server)
        .with("elsewhere", "v", &elsewhere)
        .with("empty", " ", &[&server.origin()])
        .with("lines", "a\r\nb: c", &[&server.origin()]);
    egress().send(request, &may, &vault).await
}

#[tokio::test]
async fn a_secret_is_filled_in_as_its_place_needs_it() {
    let server = echo().await;
    let url = server.url("/bot{{secret:token}}/send?key={{secret:token}}&x=1&p={{secret:plain}}");
    send(&server, with_header(&url, "authorization", "Bearer {{secret:plain}}")).await.unwrap();
    let seen = server.only();
    let path = "/bot123:AB%2Fc%20d+%C3%A9&%23/send?key=123:AB/c%20d%2B%C3%A9%26%23&x=1&p=p4ss-w0rd";
    assert_eq!(seen.target, path);
    assert_eq!(seen.all("authorization"), ["Bearer p4ss-w0rd"]);
}

#[tokio::test]
async fn a_secret_that_is_sent_back_does_not_reach_the_plugin() {
    let server = echo().await;
    let url = server.url("/{{secret:plain}}?a={{secret:token}}");
    let answer = send(&server, with_header(&url, "x-token", "{{secret:plain}}")).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.body), "/[secret plain]?a=[secret token]  [secret plain]");
    assert_eq!(header(&answer, "x-target"), Some("/[secret plain]?a=[secret token]"));
    assert_eq!(header(&answer, "content-length"), None, "it would be another one");
    assert_eq!(header(&answer, "content-type"), Some("text/plain"));
}

#[tokio::test]
async fn a_body_is_sent_as_it_is() {
    let server = echo().await;
    let body = Bytes::from_static(b"{{secret:plain}}");
    send(&server, Outgoing { method: "POST".to_owned(), body: body.clone(), ..get(&server.url("/")) })
        .await
        .unwrap();
    assert_eq!(server.only().body, body);
}

async fn check(server: &Server, name: &str, code: &str, says: &str) {
    let placeholder = format!("{{{{secret:{name}}}}}");
    for request in [
        get(&server.url(&format!("/{placeholder}"))),
        get(&server.url(&format!("/?{placeholder}"))),
        with_header(&server.url("/"), "x", &format!("a {placeholder}")),
    ] {
        let error = send(server, request).await.unwrap_err();
        assert!(error.code() == code && error.to_string().contains(says), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_secret_needs_its_grant_to_be_there_and_to_be_bound_to_this_origin() {
    let server = echo().await;
    check(&server, "other", "refused", "secret \"other\" was not granted").await;
    check(&server, "gone", "secret", "secret \"gone\" is not there").await;
    check(&server, "elsewhere", "secret", &format!("not bound to {}", server.origin())).await;
    check(&server, "empty", "secret", "it is empty").await;
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_placeholder_that_names_nothing_is_invalid() {
    let server = echo().await;
    for name in ["", "a b", "tok{en", "ä", &"x".repeat(65)] {
        let error =
            send(&server, with_header(&server.url("/"), "x", &format!("{{{{secret:{name}}}}}"))).await;
        assert_eq!(error.unwrap_err().code(), "invalid", "{name:?}");
    }
    let open = send(&server, get(&server.url("/{{secret:token"))).await.unwrap_err();
    assert!(open.code() == "invalid" && open.to_string().contains("{{secret:NAME}}"), "{open}");
    let many = send(&server, get(&server.url(&"/{{secret:token}}".repeat(17)))).await.unwrap_err();
    assert!(many.code() == "invalid" && many.to_string().contains("at most 16 times"), "{many}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_secret_with_a_line_break_does_not_split_a_header() {
    let server = echo().await;
    let error = send(&server, with_header(&server.url("/"), "x", "{{secret:lines}}")).await.unwrap_err();
    assert!(error.to_string().contains("the secret in it holds a line break"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn no_error_repeats_a_value_or_the_url_that_it_was_filled_into() {
    let nobody = "http://127.0.0.1:1";
    let vault = Vault::default().with("plain", "p4ss-w0rd", &[nobody]);
    let request = with_header(&format!("{nobody}/{{{{secret:plain}}}}"), "x", "{{secret:plain}}");
    let error = egress().send(request, &reach(nobody, true, &["plain"]), &vault).await.unwrap_err();
    assert_eq!(error.code(), "connect");
    assert!(!format!("{error} {error:?}").contains("p4ss"), "{error:?}");
}

#[tokio::test]
async fn what_is_packed_in_a_way_that_hides_a_secret_is_not_passed_on() {
    let server = Server::start(|_| Answer::new(200, "...").with("content-encoding", "br")).await;
    let secret = with_header(&server.url("/"), "x", "{{secret:plain}}");
    let error = send(&server, secret).await.unwrap_err();
    assert!(error.code() == "invalid" && error.to_string().contains("packed as \"br\""), "{error}");
    assert_eq!(send(&server, get(&server.url("/"))).await.unwrap().body, "...");
}

#[tokio::test]
async fn labels_count_as_part_of_the_body() {
    let server = Server::start(|_| Answer::new(200, vec![b'k'; 10_000])).await;
    let limits = EgressLimits { body_bytes_max: 20_000, ..EgressLimits::default() };
    let egress = egress_with(limits, Script::new(&[]));
    let vault = Vault::default().with("t", "k", &[&server.origin()]);
    let request = with_header(&server.url("/"), "x", "{{secret:t}}");
    let error = egress.send(request, &reach(&server.origin(), true, &["t"]), &vault).await.unwrap_err();
    assert_eq!(error.code(), "too-large");
}
