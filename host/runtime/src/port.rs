//! What a guest may ask of its host, as ports: whoever wires the host plugs them in.

/// One line that a guest wrote, cut to its limits, control characters escaped.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a> {
    /// Which component wrote it, for people: `name@version`.
    pub plugin: &'a str,
    /// `trace`, `debug`, `info`, `warn` or `error`.
    pub level: &'a str,
    pub message: &'a str,
}

/// Where a guest's lines go. Called on the thread of the call: it must not block.
pub trait LogPort: Send + Sync + 'static {
    fn line(&self, line: LogLine<'_>);
}

/// Into the host's own log.
#[derive(Debug, Default)]
pub struct TracingLog;

impl LogPort for TracingLog {
    fn line(&self, line: LogLine<'_>) {
        let LogLine { plugin, level, message } = line;
        match level {
            "error" => tracing::error!(target: "plugin", plugin, "{message}"),
            "warn" => tracing::warn!(target: "plugin", plugin, "{message}"),
            "debug" => tracing::debug!(target: "plugin", plugin, "{message}"),
            "trace" => tracing::trace!(target: "plugin", plugin, "{message}"),
            _ => tracing::info!(target: "plugin", plugin, "{message}"),
        }
    }
}
