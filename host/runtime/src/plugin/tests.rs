//! How many instances wait for requests once a policy is loaded.

use patchbay_types::{Digest, Grants};

use super::*;
use crate::port::NoHost;
use crate::{Compiler, ContractVersion, LoadRequest, Runtime, RuntimeOptions, TracingLog};

async fn policy(limits: Limits) -> Plugin {
    let bundled = patchbay_bundled::all().iter().find(|plugin| plugin.name == "primary-fallback").unwrap();
    let runtime = Runtime::new(RuntimeOptions {
        compiler: Compiler::Here,
        cache: None,
        log: Arc::new(TracingLog),
        host: Arc::new(NoHost),
        memory_bytes: limits.memory_bytes,
        fat_memory_bytes: limits.memory_bytes,
    });
    let request = LoadRequest {
        component: bundled.component,
        digest: Digest::of(bundled.component),
        label: bundled.name,
        contract: ContractVersion::V0_2,
        kind: SlotKind::Routing,
        pure: true,
        fat: false,
        config: "{}",
        grants: &Grants::default(),
        limits,
    };
    runtime.unwrap().load(request).await.unwrap()
}

fn waiting(policy: &Plugin) -> Vec<usize> {
    policy.warm.iter().map(ArrayQueue::len).collect()
}

#[tokio::test]
async fn a_policy_in_charge_has_an_instance_for_each_serving_thread() {
    let policy = policy(Limits { warm_instances: 1024, ..Limits::default() }).await;
    assert_eq!(waiting(&policy), vec![1; shards()]);
    policy.cool();
    assert_eq!(waiting(&policy), vec![0; shards()]);
}

#[tokio::test]
async fn no_more_are_made_than_are_kept() {
    let policy = policy(Limits { warm_instances: 1, ..Limits::default() }).await;
    assert_eq!(waiting(&policy).iter().sum::<usize>(), 1);
}
