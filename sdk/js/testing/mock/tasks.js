// The interface `tasks`: as the test answers.

import { answer } from '../mock.js';

export const current = (...values) => answer('tasks.current', ...values);
export const attempts = (...values) => answer('tasks.attempts', ...values);
export const logTail = (...values) => answer('tasks.log-tail', ...values);
export const findings = (...values) => answer('tasks.findings', ...values);
export const history = (...values) => answer('tasks.history', ...values);
export const runbooks = (...values) => answer('tasks.runbooks', ...values);
