// The interface `llm`: as the test answers.

import { answer } from '../mock.js';

export const complete = (...values) => answer('llm.complete', ...values);
