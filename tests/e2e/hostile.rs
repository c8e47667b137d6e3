//! Plugins that mean harm or are broken: refused when they are loaded, or contained to their own calls, answered for as
//! their slot does without them, and taken out by themselves. What a plugin may not reach is in `grants.rs`.

mod beside;
mod bomb;
mod cache;
mod corpus;
mod file;
mod guest;
pub(crate) mod process;
mod script;
mod traffic;
mod update;
mod victim;

use crate::harness::plugin;
use victim::Victim;

#[tokio::test]
async fn a_policy_that_traps_is_gone_after_its_fifth_trap_and_told_of() {
    let victim = Victim::new().await;
    let id = victim.host.load(&plugin("hostile", "0.2.0", "unreachable", "")).await;
    let mut fallbacks = Vec::new();
    for _ in 0..20 {
        let reply = victim.agent.chat("m").await;
        assert_eq!(reply.status, 200, "{reply:?}\n{}", victim.host.log());
        if reply.header("x-patchbay-generation") == id {
            fallbacks.push(reply.header("x-patchbay-fallback").to_owned());
        }
    }
    assert_eq!(fallbacks.first().map(String::as_str), Some("trap"), "{fallbacks:?}");
    assert!(fallbacks.iter().all(|why| ["trap", "quarantined"].contains(&why.as_str())), "{fallbacks:?}");
    let bad = victim.taken_out("routing", &id).await;
    assert_eq!((&bad["traps"], &bad["in_flight"]), (&5.into(), &0.into()), "{bad}");
    let status = victim.host.json(&["status"]).await;
    assert!(status["reports_waiting"].as_u64().unwrap() > 0, "{status}");
    let reports = status["reports"].as_array().unwrap();
    assert!(reports.iter().any(|report| report["subject"] == id.as_str()), "{status}");
    assert_eq!(status["health"]["status"], "ok", "{status}");
    assert_eq!(victim.agent.chat("m").await.header("x-patchbay-fallback"), "");
}
