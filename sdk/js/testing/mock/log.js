// The interface `log`.

import { current } from '../mock.js';

export const write = (level, message, fields) => void current().lines.push({ level, message, fields });
