//! What a model is never shown.

use super::*;
use crate::hidden::Hider;

#[test]
fn what_looks_like_a_secret_is_hidden_in_texts() {
    let hider = Hider::new();
    let table = [
        ("password=hunter2 and more", "password=[hidden] and more"),
        ("DB_PASSWORD: \"hunter 2\", x", "DB_PASSWORD: [hidden], x"),
        ("{\"api_key\":\"abc\",\"a\":1}", "{\"api_key\":[hidden],\"a\":1}"),
        ("?token=abc&page=2", "?token=[hidden]&page=2"),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: [hidden]"),
        ("Cookie: a=1; b=2\nnext", "Cookie: [hidden]\nnext"),
        ("used bearer abcdefgh12", "used bearer [hidden]"),
        ("postgres://me:pw@db:5432/x", "postgres://me:[hidden]@db:5432/x"),
        ("key sk-abcdefghijklmnop1234 used", "key [hidden] used"),
        ("a\n-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nb", "a\n[hidden]\nb"),
        ("-----BEGIN PRIVATE KEY-----\nabc", "[hidden]"),
        ("with {{secret:GIT}} filled in", "with {{secret:GIT}} filled in"),
        ("no secret here: https://a.example:80/x@y", "no secret here: https://a.example:80/x@y"),
    ];
    for (text, expected) in table {
        let hidden = hider.text(text);
        assert_eq!(hidden, expected);
    }
}

#[test]
fn fields_of_such_names_are_hidden_and_numbers_are_not() {
    let hidden = Hider::new().json(&json!({
        "user": "me", "userPassword": "x", "tokens_max": 5, "api-key": ["a"], "cookies": { "a": "b" },
        "access_token": "{{secret:GIT}}", "token": "{{secret:A}} x {{secret:B}}", "list": [{ "secret": "s" }], "note": "password: x",
    }));
    assert_eq!(
        hidden,
        json!({
            "user": "me", "userPassword": "[hidden]", "tokens_max": 5, "api-key": "[hidden]", "cookies": "[hidden]",
            "access_token": "{{secret:GIT}}", "token": "[hidden]", "list": [{ "secret": "[hidden]" }], "note": "password: [hidden]",
        })
    );
}
