//! How each of the other gateways is started so that it passes `POST /v1/chat/completions` on to the upstream: as its own
//! documentation has it, with the logging of every request off where there is a switch for that.

use tokio::process::Command;

use super::place::Place;
use crate::upstream::MODEL;

/// What clients send as their key, and what is sent upstream: nothing reads it there.
const KEY: &str = "sk-bench-0000000000000000";
/// Keeps connections open for the whole of a measurement.
const REQUESTS_A_CONNECTION: &str = "1000000000";

pub(super) struct Recipe {
    pub(super) name: &'static str,
    /// Below the folder that everything was installed into; and what of it is started.
    pub(super) folder: &'static str,
    pub(super) program: &'static str,
    /// The same on the search path, if it is a command.
    pub(super) command: Option<&'static str>,
    pub(super) launch: fn(&Place) -> anyhow::Result<Launch>,
}

/// How it is started, and what its clients send.
pub(super) struct Launch {
    pub(super) command: Command,
    pub(super) key: String,
    pub(super) headers: Vec<String>,
}

pub(super) const RECIPES: &[Recipe] = &[
    Recipe {
        name: "nginx, proxy_pass",
        folder: "nginx",
        program: "usr/sbin/nginx",
        command: Some("nginx"),
        launch: nginx,
    },
    Recipe { name: "SMG", folder: "smg", program: "bin/smg", command: Some("smg"), launch: smg },
    Recipe {
        name: "Portkey gateway",
        folder: "portkey",
        program: "node_modules/@portkey-ai/gateway/build/start-server.js",
        command: None,
        launch: portkey,
    },
    Recipe {
        name: "LiteLLM",
        folder: "litellm",
        program: "bin/litellm",
        command: Some("litellm"),
        launch: litellm,
    },
];

fn nginx(place: &Place) -> anyhow::Result<Launch> {
    let Place { folder, upstream, port, .. } = place;
    let folder = folder.display();
    let text = format!(
        "daemon off;\nworker_processes auto;\npid {folder}/pid;\nerror_log {folder}/error.log warn;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n  access_log off;\n  keepalive_requests {REQUESTS_A_CONNECTION};\n\
         \x20 client_body_temp_path {folder}/body;\n  proxy_temp_path {folder}/proxy;\n\
         \x20 fastcgi_temp_path {folder}/fastcgi;\n  uwsgi_temp_path {folder}/uwsgi;\n  scgi_temp_path {folder}/scgi;\n\
         \x20 upstream bench {{ server {upstream}; keepalive 64; keepalive_requests {REQUESTS_A_CONNECTION}; }}\n\
         \x20 server {{\n    listen 127.0.0.1:{port};\n    client_max_body_size 32m;\n\
         \x20   location / {{ proxy_pass http://bench; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}\n  }}\n}}\n"
    );
    let mut command = Command::new(&place.program);
    command.arg("-p").arg(&place.folder).arg("-c").arg(place.file("nginx.conf", &text)?);
    command.arg("-e").arg(place.folder.join("error.log"));
    Ok(Launch::of(command))
}

fn smg(place: &Place) -> anyhow::Result<Launch> {
    let mut command = Command::new(&place.program);
    command
        .args(["launch", "--backend", "openai", "--worker-urls", &format!("http://{}", place.upstream)])
        .args(["--host", "127.0.0.1", "--port", &place.port.to_string()])
        .args(["--prometheus-host", "127.0.0.1", "--prometheus-port", &place.metrics_port.to_string()])
        .args(["--policy", "round_robin", "--log-level", "warn"]);
    Ok(Launch::of(command))
}

/// It listens on every address of the machine: it has no option for one.
fn portkey(place: &Place) -> anyhow::Result<Launch> {
    let mut command = Command::new("node");
    command.arg(&place.program).arg(format!("--port={}", place.port)).arg("--headless");
    let host = format!("x-portkey-custom-host: http://{}/v1", place.upstream);
    Ok(Launch { headers: vec!["x-portkey-provider: openai".to_owned(), host], ..Launch::of(command) })
}

fn litellm(place: &Place) -> anyhow::Result<Launch> {
    let text = format!(
        "model_list:\n  - model_name: {MODEL}\n    litellm_params:\n      model: openai/{MODEL}\n\
         \x20     api_base: http://{}/v1\n      api_key: {KEY}\n",
        place.upstream
    );
    let mut command = Command::new(&place.program);
    command
        .arg("--config")
        .arg(place.file("config.yaml", &text)?)
        .args(["--host", "127.0.0.1", "--port", &place.port.to_string(), "--telemetry", "False"])
        .args(["--num_workers", "1"])
        // Nothing is fetched while it is measured.
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .env("LITELLM_LOG", "ERROR")
        .env("LITELLM_MASTER_KEY", KEY);
    Ok(Launch::of(command))
}

impl Launch {
    fn of(command: Command) -> Self {
        Self { command, key: KEY.to_owned(), headers: Vec::new() }
    }
}
