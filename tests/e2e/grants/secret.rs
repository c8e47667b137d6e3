//! Secrets: another's, in the wrong place, to the wrong server, and back from the right one.

use serde_json::json;

use super::attempt::Attempt;
use super::world::World;

const MINE: &str = "{{secret:mine}}";

pub(super) fn attempts(world: &World) -> Vec<Attempt> {
    let (granted, unbound) = (world.granted.address, world.unbound.address);
    let send = |name: &str, expected, url: String, value: &str| {
        Attempt::new(name, expected, json!({"call": "http", "url": url, "headers": [["x-secret", value]]}))
    };
    let echo = |path: &str| format!("http://{granted}{path}");
    vec![
        Attempt::new(
            "whether a foreign secret is there",
            "refused",
            json!({"call": "secret", "name": "foreign"}),
        ),
        Attempt::new("whether its own is there", "=true", json!({"call": "secret", "name": "mine"})),
        send("a foreign secret", "refused", echo("/echo"), "{{secret:foreign}}"),
        send("a secret whose name leads elsewhere", "invalid", echo("/echo"), "{{secret:../foreign}}"),
        send("a secret without an end", "invalid", echo("/echo"), "{{secret:mine"),
        send("its own to where it is not bound", "secret", format!("http://{unbound}/"), MINE),
        send(
            "its own in a URL to where it is not bound",
            "secret",
            format!("http://{unbound}/?q={MINE}"),
            "",
        ),
        send("its own, said back", "=200", echo("/echo"), MINE),
        send("its own, said back from the query", "=200", echo(&format!("/echo?q={MINE}")), ""),
        send("its own, said back from the path", "=200", echo(&format!("/echo/{MINE}")), ""),
        send("its own, said back packed", "=200|invalid", echo("/gzip"), MINE),
        send("its own twice in one value", "=200", echo("/echo"), &format!("a{MINE}b{MINE}c")),
        send("its own a hundred times", "invalid", echo("/echo"), &MINE.repeat(100)),
        Attempt::new(
            "its own in the body",
            "=200",
            json!({"call": "http", "method": "POST", "url": echo("/echo"), "body": MINE}),
        ),
        Attempt::new(
            "its own as the name of a header",
            "invalid",
            json!({"call": "http", "url": echo("/echo"), "headers": [[MINE, "a"]]}),
        ),
        send("its own in a URL's user", "invalid", format!("http://{MINE}@{granted}/"), ""),
        send("its own as a part of the host", "invalid|refused", format!("http://{MINE}.{granted}/"), ""),
    ]
}
