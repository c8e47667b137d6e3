//! What of a message is a parameter.

use super::*;

#[test]
fn parameters_are_replaced_and_words_stay() {
    let cases = [
        ("user a.b@x.com at https://x.com/a?b=1.", "user <email> at <url>."),
        ("connect ECONNREFUSED 10.0.0.7:5432", "connect ECONNREFUSED <host>"),
        ("connect ECONNREFUSED db-1.corp.internal:5432", "connect ECONNREFUSED <host>"),
        ("id 123e4567-e89b-42d3-a456-426614174000 at 0xdeadbeef", "id <id> at <hex>"),
        ("2026-11-21T10:00:00Z took 1.5 ms, 30s, 20 seconds", "<date> took <dur>"),
        ("order 77 of [1, 2, 3] costs -3.50", "order <num> of [<num>] costs -<num>"),
        ("it can't read 'a b' or \"c\"", "it can't read <str> or <str>"),
        (
            "open /home/a/b/job-17/config.toml: No such file (os error 2)",
            "open <dir>/config.toml: No such file (os error 2)",
        ),
        ("exit code 137 after 12 tries", "exit code 137 after <num> tries"),
        ("订单\"42\"在 2026年11月21日 等待 30 秒后失败", "订单<str>在<date>等待<dur>后失败"),
        ("relation \"orders\" has no row 'a b'", "relation \"orders\" has no row <str>"),
        ("error[E0502]: no", "error[E0502]: no"),
        ("request req_8f3aa91b2c40dd17", "request req_<id>"),
    ];
    for (text, expected) in cases {
        assert_eq!(template(text), expected, "{text}");
    }
}

#[test]
fn a_second_pass_changes_nothing_whatever_the_text() {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "order", "17", " ", "3.5", "s", "'", "\"", "/tmp/a1b2", "2026-11-21", "订单", "年", "<num>", "<", ">",
        "<dir>", "/", "0x1f", "a@b.c", "https://a.b", ":", ".", ",", "_", "-", "10.0.0.1", ":80", "(", "é",
        "\n", "code", "ms", "[", "=",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let text: String = (0..random.usize(..12)).map(|_| PIECES[random.usize(..PIECES.len())]).collect();
        let once = template(&text);
        assert_eq!(template(&once), once, "of {text:?}");
    }
}
