//! Bodies of any kind: which model they name, if that is certain.

use super::*;

const FORM: &str = "multipart/form-data; boundary=XX";

fn form(parts: &[(&str, &str)]) -> String {
    let part = |(headers, value): &(&str, &str)| {
        format!("--XX\r\nContent-Disposition: form-data; {headers}\r\n\r\n{value}\r\n")
    };
    parts.iter().map(part).collect::<String>() + "--XX--\r\n"
}

fn check(content_type: Option<&str>, body: &str, model: Option<&str>, stream: bool) {
    let guess = Guess::of(content_type, body.as_bytes());
    assert_eq!((guess.model.as_deref(), guess.stream), (model, stream), "{content_type:?} {body}");
    let bytes = Bytes::copy_from_slice(body.as_bytes());
    let sent = guess.to_provider(&bytes, "a longer name");
    match model {
        Some(_) => {
            assert_eq!(Guess::of(content_type, &sent).model.as_deref(), Some("a longer name"), "{sent:?}")
        }
        None => assert_eq!(sent.as_ptr(), bytes.as_ptr()),
    }
    if let Some(model) = model {
        assert_eq!(guess.to_provider(&bytes, model).as_ptr(), bytes.as_ptr());
    }
}

#[test]
fn the_model_of_a_json_body_is_found_under_any_type() {
    for content_type in
        [Some("application/json"), Some("application/json; charset=utf-8"), Some("text/plain"), None]
    {
        check(content_type, r#" {"prompt":"x","model":"m","stream":true}"#, Some("m"), true);
        check(content_type, r#"{"model":"m","model":"n"}"#, None, false);
        check(content_type, r#"{"model":7,"stream":"true"}"#, None, false);
        check(content_type, r#"{"input":{"model":"m"}}"#, None, false);
        check(content_type, r#"[{"model":"m"}]"#, None, false);
        check(content_type, r#"{"model":"m""#, None, false);
        check(content_type, "\u{0}\u{1}", None, false);
        check(content_type, "", None, false);
    }
    assert_eq!(Guess::of(None, b"{\"model\":\"\xff\"}"), Guess::default());
}

#[test]
fn the_model_of_a_form_is_found() {
    let file = ("name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav", "RIFF\r\n--X \r\n\r\nbytes");
    let body = form(&[file, ("name=\"model\"", "whisper-1"), ("name=stream", "true")]);
    check(Some(FORM), &body, Some("whisper-1"), true);
    check(Some("Multipart/Form-Data; charset=x; boundary=\"XX\""), &body, Some("whisper-1"), true);
    let sent = Guess::of(Some(FORM), body.as_bytes()).to_provider(&Bytes::from(body.clone()), "org/whisper");
    assert_eq!(sent, body.replace("whisper-1", "org/whisper"));
    check(Some(FORM), &form(&[file]), None, false);
    check(Some(FORM), &form(&[("name=\"model\"", "m"), ("name=\"stream\"", "false")]), Some("m"), false);
}

#[test]
fn a_form_that_two_readers_could_read_differently_has_no_model() {
    let model = ("name=\"model\"", "m");
    for odd in [
        ("name=\"model\"", "n"),
        ("name=\"model\"; filename=\"x\"", "n"),
        ("name*=utf-8''model", "n"),
        ("name=\"mod\\el\"", "n"),
        ("name=\"mod%65l\"", "n"),
        ("name=\"x\"; name=\"model\"", "n"),
        ("name=\"x\"\r\nContent-Disposition: form-data; name=\"model\"", "n"),
        ("name=\"x\";\r\n name=\"model\"", "n"),
        ("name=\"x\"\nContent-Disposition: form-data; name=\"model\"", "n"),
        ("name=\"x\"", "y\n--XX\nContent-Disposition: form-data; name=\"model\"\n\nn"),
        ("name=\"x\"", "y\r\n--XXcontent"),
        ("filename=\"x\"", "n"),
    ] {
        check(Some(FORM), &form(&[model, odd]), None, false);
        check(Some(FORM), &form(&[odd, model]), None, false);
    }
    let good = form(&[model]);
    check(Some(FORM), &good, Some("m"), false);
    check(Some(FORM), &format!("preamble\r\n{good}"), None, false);
    check(Some(FORM), &format!("{good}{good}"), None, false);
    check(Some(FORM), good.trim_end_matches("--\r\n"), None, false);
    check(Some(FORM), &good.replace("\r\n", "\n"), None, false);
    check(Some("multipart/form-data"), &good, None, false);
    check(Some("multipart/form-data; boundary=YY"), &good, None, false);
}

#[test]
fn a_value_that_does_not_stand_there_as_it_is_is_no_model() {
    for header in ["Content-Transfer-Encoding: base64", "Content-Length: 1"] {
        check(Some(FORM), &form(&[(&format!("name=\"model\"\r\n{header}"), "m")]), None, false);
    }
    check(Some(FORM), &form(&[("name=\"model\"; filename=\"m\"", "m")]), None, false);
    check(Some(FORM), &form(&[("name=\"model\"", "")]), None, false);
    check(Some(FORM), &form(&[("name=\"model\"", &"m".repeat(257))]), None, false);
}

#[test]
fn forms_have_limits() {
    let many = |count: usize| form(&vec![("name=\"x\"", "y"); count]).replacen("\"x\"", "\"model\"", 1);
    check(Some(FORM), &many(64), Some("y"), false);
    check(Some(FORM), &many(65), None, false);
    let long = |length: usize| form(&[(&format!("name=\"model\"\r\nX: {}", "h".repeat(length)), "m")]);
    check(Some(FORM), &long(4000), Some("m"), false);
    check(Some(FORM), &long(4100), None, false);
}

#[test]
fn a_name_with_a_line_end_is_never_put_into_a_form() {
    let body = Bytes::from(form(&[("name=\"model\"", "m")]));
    let guess = Guess::of(Some(FORM), &body);
    assert_eq!(guess.to_provider(&body, "a\r\n--XX"), body);
}
