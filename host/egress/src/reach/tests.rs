//! Which origins a grant covers.

use super::*;

fn reach(grants: &[&str], private: bool) -> Reach {
    let grant = |origin: &&str| HttpGrant::Detailed { origin: (*origin).to_owned(), private };
    Reach::new(&grants.iter().map(grant).collect::<Vec<_>>(), &[]).unwrap()
}

fn zone(reach: &Reach, url: &str) -> Result<Zone, &'static str> {
    reach.zone(&Origin::of(&url.parse().unwrap()).unwrap()).map_err(|error| error.code())
}

fn check(grant: &str, inside: &[&str], outside: &[&str]) {
    let reach = reach(&[grant], false);
    inside.iter().for_each(|url| assert_eq!(zone(&reach, url), Ok(Zone::Public), "{grant} {url}"));
    outside.iter().for_each(|url| assert_eq!(zone(&reach, url), Err("refused"), "{grant} {url}"));
}

#[test]
fn a_host_is_https_at_443_and_nothing_else() {
    check(
        "api.example.com",
        &["https://api.example.com", "https://API.Example.COM:443/x?y", "https://api.example.com./"],
        &[
            "http://api.example.com",
            "http://api.example.com:443",
            "https://api.example.com:8443",
            "https://example.com",
            "https://x.api.example.com",
            "https://api.example.com.evil.test",
            "https://evil.test/api.example.com",
            "https://8.8.8.8",
        ],
    );
}

#[test]
fn a_port_and_clear_text_hold_only_where_the_grant_says_so() {
    check("h.test:8443", &["https://h.test:8443"], &["https://h.test", "http://h.test:8443"]);
    check("http://h.test:9000", &["http://h.test:9000"], &["https://h.test:9000", "http://h.test"]);
    check("http://h.test", &["http://h.test:80/"], &["https://h.test", "http://h.test:8080"]);
}

#[test]
fn a_star_covers_each_name_below_and_not_itself() {
    check(
        "*.example.com",
        &["https://a.example.com", "https://a.b.example.com.", "https://A.EXAMPLE.com"],
        &[
            "https://example.com",
            "https://evilexample.com",
            "https://a.example.com:8443",
            "http://a.example.com",
            "https://a.example.com.evil.test",
        ],
    );
}

#[test]
fn a_name_is_the_same_in_letters_and_in_ascii() {
    check(
        "bücher.example",
        &["https://xn--bcher-kva.example", "https://BÜCHER.example"],
        &["https://bucher.example"],
    );
    check("xn--bcher-kva.example", &["https://bücher.example"], &[]);
}

#[test]
fn an_address_is_the_same_however_it_is_written() {
    check("8.8.8.8", &["https://8.8.8.8", "https://134744072", "https://0x8.8.8.8"], &["https://8.8.4.4"]);
    check(
        "[2606:4700::1111]:8443",
        &["https://[2606:4700:0:0::1111]:8443"],
        &["https://[2606:4700::1112]:8443"],
    );
}

#[test]
fn a_private_address_needs_private_and_metadata_its_own_name_too() {
    for (host, private) in
        [("127.0.0.1", Zone::Private), ("[::1]", Zone::Private), ("10.1.2.3", Zone::Private)]
    {
        assert_eq!(zone(&reach(&[host], false), &format!("https://{host}")), Err("address"), "{host}");
        assert_eq!(zone(&reach(&[host], true), &format!("https://{host}")), Ok(private), "{host}");
    }
    for host in ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "metadata.google.internal"] {
        assert_eq!(zone(&reach(&[host], false), &format!("https://{host}")), Err("address"), "{host}");
        assert_eq!(zone(&reach(&[host], true), &format!("https://{host}")), Ok(Zone::Metadata), "{host}");
    }
    let below = reach(&["*.google.internal"], true);
    assert_eq!(zone(&below, "https://metadata.google.internal"), Err("address"));
    assert_eq!(zone(&below, "https://METADATA.google.internal."), Err("address"));
    assert_eq!(zone(&below, "https://other.google.internal"), Ok(Zone::Private));
}

#[test]
fn of_two_grants_for_one_origin_the_wider_holds() {
    let detailed = HttpGrant::Detailed { origin: "a.example.com".to_owned(), private: true };
    let both = Reach::new(&[detailed, HttpGrant::Origin("*.example.com".to_owned())], &[]).unwrap();
    assert_eq!(zone(&both, "https://a.example.com"), Ok(Zone::Private));
    assert_eq!(zone(&both, "https://b.example.com"), Ok(Zone::Public));
}

#[test]
fn what_is_no_origin_is_refused_by_its_text() {
    for entry in [
        "",
        "*",
        "*.",
        "*.*.com",
        "*.8.8.8.8",
        "*.example.com:8443",
        "https://h",
        "ftp://h",
        "http://",
        "h/path",
        "h/",
        "h?x",
        "h#x",
        "u@h",
        "u:p@h",
        "h:",
        "h:0x1",
        "h:70000",
        "a b",
        "h\\x",
        " h",
        "h\n",
        "a.*.b",
        "http://*.h",
        "[::1",
        "[fe80::1%25eth0]",
    ] {
        let found = Reach::new(&[HttpGrant::Origin(entry.to_owned())], &[]);
        match entry {
            // An empty port is the usual one.
            "h:" => assert!(found.is_ok()),
            _ => assert!(found.unwrap_err().to_string().contains("is no origin"), "{entry:?}"),
        }
    }
}

#[test]
fn nothing_is_granted_by_default() {
    assert_eq!(zone(&Reach::default(), "https://example.com"), Err("refused"));
    assert!(!Reach::default().has_secret("token"));
}
