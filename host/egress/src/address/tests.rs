//! Addresses in all the forms in which they come.

use url::{Host, Url};

use super::*;

/// As it would stand in a URL.
fn zone(host: &str) -> Zone {
    match Url::parse(&format!("http://{host}/")).unwrap().host().unwrap() {
        Host::Ipv4(address) => Zone::of(address.into()),
        Host::Ipv6(address) => Zone::of(address.into()),
        Host::Domain(name) => panic!("{name} is a name"),
    }
}

fn check(expect: Zone, hosts: &[&str]) {
    for host in hosts {
        assert_eq!(zone(host), expect, "{host}");
    }
}

#[test]
fn special_ipv4_addresses_are_private_from_the_first_to_the_last() {
    check(
        Zone::Private,
        &[
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.0.0",
            "169.254.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.9",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.0",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
        ],
    );
}

#[test]
fn what_lies_beside_them_is_public() {
    check(
        Zone::Public,
        &[
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
        ],
    );
}

#[test]
fn every_way_to_write_an_ipv4_address_is_seen_through() {
    check(
        Zone::Private,
        &[
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "127.0.0.1.",
            "012.0.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
        ],
    );
    check(Zone::Metadata, &["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"]);
}

#[test]
fn ipv6_is_public_only_where_it_was_given_out() {
    check(Zone::Public, &["[2606:4700::1111]", "[2a00:1450::1]", "[3ffe::1]"]);
    check(
        Zone::Private,
        &[
            "[::]",
            "[::1]",
            "[fc00::1]",
            "[fdff::1]",
            "[fe80::1]",
            "[febf::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[3fff:fff::1]",
            "[2001:10::1]",
            "[2001:2f::1]",
            "[2001:2::1]",
            "[100::1]",
            "[64:ff9b:1::808:808]",
            "[4000::1]",
            "[5f00::1]",
        ],
    );
}

#[test]
fn an_ipv4_address_inside_an_ipv6_one_is_seen() {
    for (form, public, private, metadata) in [
        ("mapped", "[::ffff:8.8.8.8]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]"),
        ("compatible", "[::8.8.8.8]", "[::10.0.0.1]", "[::169.254.169.254]"),
        ("translated", "[::ffff:0:808:808]", "[::ffff:0:10.0.0.1]", "[::ffff:0:169.254.169.254]"),
        ("nat64", "[64:ff9b::8.8.8.8]", "[64:ff9b::192.168.1.1]", "[64:ff9b::169.254.169.254]"),
        ("6to4", "[2002:808:808::1]", "[2002:7f00:1::1]", "[2002:a9fe:a9fe::1]"),
        (
            "teredo client",
            "[2001:0:808:808::f7f7:f7f7]",
            "[2001:0:808:808::80ff:fffe]",
            "[2001:0:808:808::5601:5601]",
        ),
        (
            "teredo server",
            "[2001:0:808:808::f7f7:f7f7]",
            "[2001:0:a00:1::f7f7:f7f7]",
            "[2001:0:a9fe:a9fe::f7f7:f7f7]",
        ),
        ("isatap", "[2a00::5efe:808:808]", "[2a00::5efe:10.0.0.1]", "[2a00::200:5efe:169.254.169.254]"),
    ] {
        assert_eq!(zone(public), Zone::Public, "{form}");
        assert_eq!(zone(private), Zone::Private, "{form}");
        assert_eq!(zone(metadata), Zone::Metadata, "{form}");
    }
}

#[test]
fn where_clouds_hand_out_keys_is_worse_than_private() {
    check(Zone::Metadata, &["169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "168.63.129.16"]);
    assert_eq!(Zone::of_name("metadata.google.internal"), Zone::Metadata);
    assert_eq!(Zone::of_name("example.com"), Zone::Public);
}
