//! Every table and key: its name, type, default, form and range, variable, and one line that explains it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use patchbay_types::{Bytes, HttpGrant, NanoUsd, Tokens};
use serde_json::{Map, Value};

use crate::ClosedHours;
use crate::declare::tables;
use crate::rule::{
    ApproveAbove, DAY, GIB, HOUR, KIB, LogFormat, LogLevel, MIB, MS, RoutingPolicy, SECOND, WhenExhausted,
    address, approve_above, bucket, bytes, closed_hours, count, duration, endpoint, epochs, flag, folder,
    folders, format, json, level, origins, own_keys, path, paths, policy, pools, programs, recipients, share,
    tokens, usd, when_exhausted, words,
};

tables! {
    /// Where agents connect, and what one of them may cost the host.
    server: Server in "server" {
        /// The address for agents.
        listen: SocketAddr = "127.0.0.1:9190", address(), env "PATCHBAY_LISTEN", at restart;
        /// The address where metrics are read.
        metrics_listen: SocketAddr = "127.0.0.1:9191", address(), env "PATCHBAY_METRICS_LISTEN", at restart;
        /// The largest body of a request; a larger one is answered 413.
        body_bytes_max: Bytes = "32 MiB", bytes(KIB..=GIB);
        /// How long a client may take to send the headers of a request.
        header_timeout: Duration = "10s", duration(MS * 10..=HOUR);
        /// All header lines of a request together; more is answered 431.
        header_bytes_max: Bytes = "32 KiB", bytes(8 * KIB..=MIB);
        /// The most header lines of a request; more are answered 431.
        header_lines_max: usize = 64, count(8..=1024);
        /// How long a client may take to send the whole body of a request.
        body_timeout: Duration = "60s", duration(MS * 10..=HOUR);
        /// The slowest that a body may come, in bytes a second, after its first 5 s; a slower one is answered 408.
        body_rate_min: Bytes = 1024, bytes(1..=MIB);
        /// The most connections at one time; more have to wait.
        connections_max: usize = 10000, count(1..=1_000_000);
        /// How long requests in flight may take to finish when the host stops.
        drain_timeout: Duration = "30s", duration(MS * 10..=HOUR);
        /// Whether the host looks at this file once a second, and takes a change over by itself.
        watch_config: bool = true, flag();
    }

    /// How a request finds its provider.
    routing: Routing in "routing" {
        /// Who ranks the providers: the plugin in the slot ("slot"), or the host's own policy alone ("native").
        policy: RoutingPolicy = "slot", policy();
        /// The pools in the order in which they are asked; pools that are not named here come last.
        pools: Vec<String> = ["primary", "fallback"], pools();
        /// The most attempts at one request.
        attempts_max: u32 = 5, count(1..=20);
        /// How long all attempts at one request may take together, waiting for a provider among it.
        deadline: Duration = "600s", duration(MS * 100..=DAY);
        /// When nobody can take a request now: "wait", "emergency" (a few go to those that cool down), "reject" (503).
        exhausted: WhenExhausted = "wait", when_exhausted();
        /// How long a request may wait for a provider; if none is back by then, it is answered 503 at once.
        wait: Duration = "30s", duration(MS * 10..=HOUR);
        /// The most requests that wait at one time; more are answered 503.
        waiting_max: usize = 500, count(0..=100_000);
        /// Paths below /v1/ that are passed on beside the endpoints, with all below them; ["*"] is all there are.
        pass_through: Vec<String> = [
            "audio", "batches", "containers", "conversations", "evals", "files", "fine_tuning", "images",
            "moderations", "responses", "uploads", "vector_stores", "videos"
        ], paths();
    }

    /// How long a provider is waited for.
    upstream: Upstream in "upstream" {
        /// How long a connection may take to open.
        connect_timeout: Duration = "10s", duration(MS * 10..=HOUR);
        /// How long the first byte of an answer may take.
        first_byte_timeout: Duration = "120s", duration(MS * 10..=HOUR);
        /// How long a stream may be silent once it has begun.
        silence_timeout: Duration = "120s", duration(MS * 10..=HOUR);
        /// How long an answer that is no stream may take in all.
        total_timeout: Duration = "600s", duration(MS * 10..=DAY);
        /// The most idle connections kept open to one provider.
        idle_connections_max: usize = 64, count(0..=10_000);
    }

    /// How long a provider rests after it has said that it was asked too often (429).
    cooldown: Cooldown in "cooldown" {
        /// The first rest; it doubles each time until a request succeeds.
        base: Duration = "30s", duration(MS * 10..=HOUR);
        /// The longest rest, unless the provider itself asks for a longer one.
        max: Duration = "600s", duration(MS * 10..=DAY);
        /// How much a rest is varied by chance, as a share of it in both directions.
        jitter: f64 = 0.1, share(0.0..=0.5);
    }

    /// When a provider that fails (5xx, no connection, no answer) is left out for a while.
    ejection: Ejection in "ejection" {
        /// How many failures within the window leave it out.
        failures: u32 = 5, count(1..=1000);
        /// The window in which failures are counted.
        window: Duration = "30s", duration(MS * 10..=HOUR);
        /// How long it is left out before one request tries it again.
        duration: Duration = "30s", duration(MS * 10..=DAY);
        /// The largest share of a pool that may be left out at one time.
        share_max: f64 = 0.5, share(0.0..=1.0);
    }

    /// How providers are asked for their health, beside their traffic.
    health: Health in "health" {
        /// How often; "0s" asks none.
        interval: Duration = "60s", duration(Duration::ZERO..=DAY);
        /// How long an answer may take.
        timeout: Duration = "10s", duration(MS * 10..=HOUR);
        /// How many bad answers in a row take a provider out until a good one.
        down_after: u32 = 3, count(1..=1000);
    }

    /// Where traces of requests go.
    telemetry: Telemetry in "telemetry" {
        /// A collector that takes OTLP over HTTP; none if empty.
        endpoint: String = "", endpoint(), env "PATCHBAY_OTLP_ENDPOINT", at restart;
        /// The share of traces that begin here and are sent; a client's own decision is kept.
        sample: f64 = 1.0, share(0.0..=1.0), at restart;
    }

    /// What a plugin may use. A plugin's own manifest can only lower it.
    plugins: Plugins in "plugins" {
        /// How long one decision may take; rounded up to tens of milliseconds.
        deadline: Duration = "100ms", epochs(), at restart;
        /// The most memory of one instance.
        memory_bytes_max: Bytes = "64 MiB", bytes(MIB..=4 * GIB), at restart;
        /// The largest component file that is loaded.
        component_bytes_max: Bytes = "8 MiB", bytes(64 * KIB..=256 * MIB), at restart;
        /// The most memory of one instance of the fat class (JavaScript, Python).
        fat_memory_bytes_max: Bytes = "256 MiB", bytes(MIB..=4 * GIB), at restart;
        /// The largest component file of the fat class.
        component_bytes_max_fat: Bytes = "64 MiB", bytes(64 * KIB..=256 * MIB), at restart;
        /// The most calls of one plugin at one time, if it may ask its host; a pure plugin has no such limit.
        concurrency: usize = 8, count(1..=256), at restart;
        /// How many instances of a plugin are kept ready.
        warm_instances: usize = 16, count(1..=1024), at restart;
        /// The most address space for compiling one component.
        compile_memory_bytes_max: Bytes = "1 GiB", bytes(128 * MIB..=64 * GIB), at restart;
        /// The most processor time for compiling one component.
        compile_cpu_time: Duration = "20s", duration(SECOND..=HOUR), at restart;
        /// How long compiling one component may take.
        compile_timeout: Duration = "30s", duration(SECOND..=HOUR), at restart;
        /// What the routing plugin is given as its configuration; can also be written as a table [plugins.routing].
        routing: Map<String, Value> = {}, json(), at restart;
    }

    /// When a plugin has failed too often and the last good one takes over.
    plugin_budget: PluginBudget in "plugins.budget" {
        /// The window in which failures are counted.
        window: Duration = "60s", duration(SECOND..=HOUR), at restart;
        /// How many traps or invalid decisions within the window are too many.
        traps: u32 = 5, count(1..=1000), at restart;
        /// How many timeouts within the window are too many, if their share is too large as well.
        timeouts: u32 = 5, count(1..=1000), at restart;
        /// The share of a plugin's calls that may time out.
        timeout_share: f64 = 0.001, share(0.0..=1.0), at restart;
    }

    /// How tasks are worked on, and when a worker counts as stuck.
    tasks: Tasks in "tasks" {
        /// The most tasks that are worked on at one time; with 0 none is, and no plugin is loaded for them.
        places: u32 = 16, count(0..=1024), env "PATCHBAY_PLACES", at restart;
        /// The share of the places that fixes may take while regular work waits; one place they always may.
        fix_share: f64 = 0.5, share(0.0..=1.0), at restart;
        /// The most fixes that are worked on at one time.
        fix_concurrency: u32 = 64, count(1..=1024), at restart;
        /// The most regular and creative tasks that are worked on at one time.
        regular_concurrency: u32 = 64, count(1..=1024), at restart;
        /// How long a worker holds a task without a sign of life; then the attempt is lost, and the task is ready again.
        lease: Duration = "30s", duration(SECOND..=HOUR), at restart;
        /// How often a worker renews its lease; at most half of it.
        heartbeat: Duration = "10s", duration(MS * 100..=HOUR), at restart;
        /// How long a worker may take to its first output; then it is stuck, and stopped.
        first_output: Duration = "10m", duration(SECOND..=DAY), at restart;
        /// How long a worker may be silent once it has begun to speak.
        silence: Duration = "10m", duration(SECOND..=DAY), at restart;
        /// How long a worker may do nothing but what it has done before.
        progress: Duration = "60m", duration(SECOND..=DAY), at restart;
        /// How long one attempt may take in all.
        total: Duration = "24h", duration(SECOND..=30 * DAY), at restart;
    }

    /// What the skill `exec` may run.
    skills_exec: ExecSkill in "skills.exec" {
        /// The programs that it may start, and no others: names that are looked for in PATH, or absolute paths.
        programs: Vec<String> = [], programs(), at restart;
    }

    /// What the skill `http` may reach.
    skills_http: HttpSkill in "skills.http" {
        /// The origins that it may ask, and no others: HOST, HOST:PORT, *.DOMAIN (all https) or http://HOST:PORT.
        origins: Vec<HttpGrant> = [], origins(), at restart;
    }

    /// What the checks of tasks and fixes may use.
    checks: Checks in "checks" {
        /// The programs that a check `command` may start.
        programs: Vec<String> = [], programs(), at restart;
        /// The origins that a check `http` may ask.
        http: Vec<HttpGrant> = [], origins(), at restart;
        /// The folders in which checks `file` and `json-path` may read.
        files: Vec<String> = [], folders(), at restart;
    }

    /// How failed tasks are mended, and what a fix may do without a person.
    fixes: Fixes in "fixes" {
        /// The most plans for one problem; then a person is asked.
        plans: u32 = 5, count(1..=32), at restart;
        /// How often one plan may be carried out.
        executions: u32 = 3, count(1..=100), at restart;
        /// The most tokens that models may take for one problem.
        tokens: Tokens = 1000000, tokens(0..=1_000_000_000_000), at restart;
        /// The most that models may cost for one problem, in US dollars.
        usd: NanoUsd = 5.0, usd(1_000_000), at restart;
        /// The most time that may be spent on one problem.
        wall: Duration = "2h", duration(SECOND..=30 * DAY), at restart;
        /// The most fixes in any hour, of all problems together.
        per_hour: u32 = 30, count(0..=10_000), at restart;
        /// Up to which failure of a problem the step that failed is mended; a plan that came to nothing counts as one.
        step_until: u32 = 2, count(0..=1000), at restart;
        /// Up to which failure the root cause is looked for; not below step_until.
        analysis_until: u32 = 4, count(0..=1000), at restart;
        /// Up to which failure a fix task is made; not below analysis_until. After that a person is asked.
        fix_task_until: u32 = 5, count(0..=1000), at restart;
        /// The skill that does fix tasks; none is made if empty.
        skill: String = "", words(), at restart;
        /// The first pause of a failure that may pass by itself; each further one is twice as long.
        backoff: Duration = "30s", duration(SECOND..=10 * 60 * SECOND), at restart;
        /// How many of the last lines of a log an analysis is shown.
        log_lines: u32 = 50, count(0..=1000), at restart;
        /// Fixes of a class above this wait for a person: "data", "config", "skill-version" or "policy-version".
        approve_above: ApproveAbove = "config", approve_above(), at restart;
        /// Hours in which no fix is applied, such as "Mon-Fri 09:00-18:00 Europe/Berlin".
        closed_hours: Vec<ClosedHours> = [], closed_hours(), at restart;
        /// The model that looks for causes and plans, by the name that agents use; nobody is asked if empty.
        model: String = "", words(), at restart;
        /// The most that this model may cost a day, in US dollars.
        usd_per_day: NanoUsd = 1.0, usd(1_000_000), at restart;
        /// How long the metric that a fix names is watched after it; worse is undone.
        watch: Duration = "10m", duration(Duration::ZERO..=DAY), at restart;
        /// The keys of this file that a fix may set, such as "routing.wait".
        config_keys: Vec<String> = [], own_keys(), at restart;
        /// Git work trees of programs that a fix may patch, once a person has agreed.
        repositories: Vec<String> = [], folders(), at restart;
        /// Whether a person is asked at once when a module, a path or a permission is missing.
        environment_to_person: bool = true, flag(), at restart;
    }

    /// Where files go that tasks leave behind: full logs, evidence, results.
    artifacts: Artifacts in "artifacts" {
        /// The folder; artifacts/ in the folder of this configuration if empty.
        folder: PathBuf = "", folder(), at restart;
        /// The most bytes of all artifacts together; the oldest go.
        bytes_max: Bytes = "10 GiB", bytes(MIB..=1024 * 1024 * GIB), at restart;
        /// A bucket of an S3-compatible store to use instead of the folder, as "s3://NAME/FOLDER"; none if empty.
        bucket: String = "", bucket(), at restart;
        /// The address of the bucket's store; that of Amazon if empty.
        endpoint: String = "", endpoint(), at restart;
    }

    /// What opens the credentials of providers and the secrets of plugins.
    secrets: Secrets in "secrets" {
        /// The file of the host's identity, from this folder on.
        identity: PathBuf = "identity.age", path(), env "PATCHBAY_IDENTITY", at restart;
        /// Public keys of age that can open everything as well; `patchbay secrets rotate` seals what is there for them.
        recipients: Vec<String> = [], recipients(), at restart;
    }

    /// How usage is kept.
    usage: Usage in "usage" {
        /// How often counted usage is written to the store.
        flush_interval: Duration = "1s", duration(MS * 10..=SECOND * 60);
    }

    /// What the host writes to its log.
    log: Log in "log" {
        /// How a line is written: "text" for people, "json" for programs.
        format: LogFormat = "text", format(), at restart;
        /// The least severe line that is written: "error", "warn", "info", "debug" or "trace".
        level: LogLevel = "info", level(), env "PATCHBAY_LOG";
    }
}
