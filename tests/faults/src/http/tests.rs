//! Framings that are right, and those that must be seen as wrong.

use super::{End, Framing, Head, hear};

fn head(text: &str) -> Head {
    Head::parse(text.as_bytes()).unwrap()
}

#[test]
fn a_chunked_body_is_read_in_any_pieces() {
    let text = b"5;x=1\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\nNEXT";
    for size in 1..text.len() {
        let mut framing =
            Framing::of_answer(&head("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")).unwrap();
        let (mut out, mut taken, mut ended) = (Vec::new(), 0, false);
        for piece in text.chunks(size) {
            match framing.push(piece, &mut out).unwrap() {
                Some(used) => {
                    taken += used;
                    ended = true;
                    break;
                }
                None => taken += piece.len(),
            }
        }
        assert!(ended);
        assert_eq!((out.as_slice(), &text[taken..]), (&b"hello!"[..], &b"NEXT"[..]), "{size}");
    }
}

#[test]
fn two_framings_are_none() {
    for fields in [
        "Content-Length: 1\r\nTransfer-Encoding: chunked",
        "Content-Length: 1\r\nContent-Length: 1",
        "Transfer-Encoding: xchunked",
        "Content-Length: +1",
    ] {
        let head = head(&format!("POST / HTTP/1.1\r\n{fields}\r\n\r\n"));
        assert!(Framing::of_request(&head).is_err(), "{fields}");
    }
}

#[test]
fn a_field_with_a_space_before_its_colon_is_none() {
    for line in ["Host : x", " folded", "no colon", ": x"] {
        assert!(Head::parse(format!("GET / HTTP/1.1\r\n{line}\r\n\r\n").as_bytes()).is_err(), "{line}");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_is_not_whole() {
    let within = std::time::Duration::from_secs(5);
    let whole = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let heard = hear(&mut whole.as_bytes(), within).await;
    assert_eq!((heard.status(), heard.body.as_slice(), heard.end), (200, &b"ok"[..], End::Whole));
    let heard = hear(&mut &whole.as_bytes()[..whole.len() - 1], within).await;
    assert!(matches!(heard.end, End::Cut(_)), "{heard:?}");
    assert_eq!(heard.body, b"o");
}
