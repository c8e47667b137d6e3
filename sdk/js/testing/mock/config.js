// The interface `config`.

import { current } from '../mock.js';

export const get = () => current().config;
