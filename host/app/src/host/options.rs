//! From the configuration to what the parts of a host are given. It must not know what they do with it.

use patchbay_config::{Config, Plugins, WhenExhausted};
use patchbay_pool::PoolConfig;
use patchbay_proxy::{Exhausted, GatewayOptions, ServeOptions};
use patchbay_registry::ScanLimits;
use patchbay_runtime::{CompileLimits, Limits};
use patchbay_slots::{BudgetLimits, HostLimits};

/// The largest component of any class.
pub fn component_bytes_max(config: &Config) -> patchbay_types::Bytes {
    config.plugins.component_bytes_max.max(config.plugins.component_bytes_max_fat)
}

/// What files this host loads.
pub fn scan_limits(config: &Config) -> ScanLimits {
    ScanLimits {
        component_bytes_max: config.plugins.component_bytes_max,
        component_bytes_max_fat: config.plugins.component_bytes_max_fat,
    }
}

/// What a plugin may use on this host.
pub fn limits(config: &Config) -> HostLimits {
    HostLimits {
        pure: Limits {
            memory_bytes: bytes(config.plugins.memory_bytes_max.0),
            deadline: config.plugins.deadline,
            warm_instances: config.plugins.warm_instances,
            ..Limits::default()
        },
        fat_memory_bytes: bytes(config.plugins.fat_memory_bytes_max.0),
        concurrency: config.plugins.concurrency,
    }
}

pub fn pool_config(config: &Config) -> PoolConfig {
    PoolConfig {
        order: config.routing.pools.clone(),
        connect_timeout: config.upstream.connect_timeout,
        first_byte_timeout: config.upstream.first_byte_timeout,
        silence: config.upstream.silence_timeout,
        total: config.upstream.total_timeout,
        cooldown_base: config.cooldown.base,
        cooldown_max: config.cooldown.max,
        jitter: config.cooldown.jitter,
        eject_failures: config.ejection.failures as usize,
        eject_window: config.ejection.window,
        eject_for: config.ejection.duration,
        eject_share_max: config.ejection.share_max,
        idle_connections_max: config.upstream.idle_connections_max,
        health_interval: config.health.interval,
        health_timeout: config.health.timeout,
        health_down_after: config.health.down_after,
        ..PoolConfig::default()
    }
}

pub fn serve_options(config: &Config) -> ServeOptions {
    let server = &config.server;
    ServeOptions {
        header_timeout: server.header_timeout,
        header_bytes_max: bytes(server.header_bytes_max.0),
        header_lines_max: server.header_lines_max,
        connections_max: server.connections_max,
        drain_timeout: server.drain_timeout,
    }
}

pub fn gateway_options(config: &Config) -> GatewayOptions {
    GatewayOptions {
        body_bytes_max: bytes(config.server.body_bytes_max.0),
        body_timeout: config.server.body_timeout,
        attempts_max: config.routing.attempts_max,
        deadline: config.routing.deadline,
        body_rate_min: config.server.body_rate_min.0,
        native_policy: config.routing.policy == patchbay_config::RoutingPolicy::Native,
        exhausted: match config.routing.exhausted {
            WhenExhausted::Wait => Exhausted::Wait,
            WhenExhausted::Emergency => Exhausted::Emergency,
            WhenExhausted::Reject => Exhausted::Reject,
        },
        waiting_max: config.routing.waiting_max,
        wait: config.routing.wait,
        pass_through: config.routing.pass_through.clone().into(),
    }
}

/// When a plugin has failed too often.
pub fn budget(config: &Config) -> BudgetLimits {
    BudgetLimits {
        window: config.plugin_budget.window,
        traps: config.plugin_budget.traps,
        timeouts: config.plugin_budget.timeouts,
        timeout_share: config.plugin_budget.timeout_share,
        ..BudgetLimits::default()
    }
}

/// What compiling one component may take.
pub fn compile_limits(plugins: &Plugins) -> CompileLimits {
    CompileLimits {
        memory_bytes: plugins.compile_memory_bytes_max.0,
        cpu_time: plugins.compile_cpu_time,
        timeout: plugins.compile_timeout,
    }
}

/// A size that the configuration has bounded.
pub fn bytes(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
