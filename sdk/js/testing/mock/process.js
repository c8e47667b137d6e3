// The interface `process`: as the test answers.

import { answer } from '../mock.js';

export const spawn = (...values) => answer('process.spawn', ...values);
