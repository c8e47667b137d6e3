// The run that a skill is in.

import * as host from 'patchbay:plugin/job@0.2.0';

import { ask } from './ask.js';
import { withBlob } from './blob.js';
import { whole } from './value.js';

/** A line of the run's log; `stream` is `stdout`, `stderr` or `note`. */
export function logLine(text, stream = 'note') {
  host.logLine(stream, text);
}

/** Lines of the run's log in one call: of each its text, and if it is no note, its stream: `[text, stream]`. */
export function logLines(lines) {
  host.logLines(lines.map(([text, stream = 'note']) => [stream, text]));
}

/** How far it is, in units of its own, and a few words. */
export function progress(done, { total, note = '' } = {}) {
  host.progress(whole(done, 'done'), whole(total, 'total'), note);
}

/** Still alive, though it has nothing to say. */
export function heartbeat() {
  host.heartbeat();
}

/** Keeps a result with the run, under a name. */
export function artifact(name, mediaType, contents) {
  withBlob(contents, (blob) => ask(() => host.artifact(name, mediaType, blob)));
}

/** Whether somebody wants it to end. It has 30 s from then on. */
export function cancelled() {
  return host.cancelled();
}
