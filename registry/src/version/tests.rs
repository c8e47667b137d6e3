//! Versions as they are ordered.

use std::cmp::Ordering;

use super::Version;

fn version(text: &str) -> Version {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_version_is_semantic_or_refused() {
    for text in ["0.1.0", "1.2.3-beta.1+build.05", "10.20.30", "1.0.0-0a", "1.0.0-a-b"] {
        assert!(text.parse::<Version>().is_ok(), "{text} was refused");
    }
    let wrong =
        ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.2.3-01", "v1.2.3", "+1.2.3", " 1.2.3"];
    for text in wrong {
        assert!(text.parse::<Version>().is_err(), "{text} was taken");
    }
    assert!("9".repeat(30).parse::<Version>().is_err());
    assert!(format!("1.2.3-{}", "a".repeat(100)).parse::<Version>().is_err());
}

#[test]
fn versions_are_in_the_order_of_the_standard() {
    let ascending = [
        "0.9.10",
        "0.10.0",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "18446744073709551615.0.0",
    ];
    for pair in ascending.windows(2) {
        let (older, newer) = (version(pair[0]), version(pair[1]));
        assert!(older < newer && older.is_older_than(&newer) && !newer.is_older_than(&older), "{pair:?}");
    }
}

#[test]
fn another_build_is_another_version_but_no_older_one() {
    for (one, other) in [("1.2.3+a", "1.2.3+b"), ("1.2.3", "1.2.3+a"), ("1.2.3+1", "1.2.3+01")] {
        let (one, other) = (version(one), version(other));
        assert_ne!(one, other);
        assert_ne!(one.cmp(&other), Ordering::Equal);
        assert!(!one.is_older_than(&other) && !other.is_older_than(&one));
    }
    assert!(!version("1.2.3").is_older_than(&version("1.2.3")));
}
