// The task that a failure or a problem is about.

import * as host from 'patchbay:plugin/tasks@0.2.0';

import { ask } from './ask.js';
import { plain } from './value.js';

const asked = (call) => plain(ask(call));

/** `{ id, name, skill, state, input, attributes }`; undefined when it is about no task. */
export const current = () => asked(() => host.current());
/** `{ number, state, startedMs, endedMs, error, attributes }`, the newest last. */
export const attempts = () => asked(() => host.attempts());
/** The last lines of its log. */
export const logTail = (lines = 100) => ask(() => host.logTail(lines));
/** `{ kind, text, attributes }`: what was found out. */
export const findings = () => asked(() => host.findings());
/** `{ strategy, title, outcome, actions, attributes }`: what was tried for this problem. */
export const history = () => asked(() => host.history());
/** `{ title, text }`: what people wrote down for such a problem. */
export const runbooks = () => asked(() => host.runbooks());
