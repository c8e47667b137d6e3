// The interface `secrets`: as the test answers.

import { answer } from '../mock.js';

export const exists = (...values) => answer('secrets.exists', ...values);
