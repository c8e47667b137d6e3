// The interface `files`: as the test answers.

import { answer } from '../mock.js';

export const read = (...values) => answer('files.read', ...values);
export const entries = (...values) => answer('files.entries', ...values);
export const replace = (...values) => answer('files.replace', ...values);
