// The interface `job`: takes everything; a test may answer `job.cancelled`.

import { answer, current } from '../mock.js';

const take = (call) => (...values) => void current().calls.push([call, ...values]);

export const logLine = take('job.log-line');
export const logLines = take('job.log-lines');
export const progress = take('job.progress');
export const heartbeat = take('job.heartbeat');
export const artifact = take('job.artifact');
export const cancelled = () => ('job.cancelled' in current().answers ? answer('job.cancelled') : false);
