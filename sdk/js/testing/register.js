// node --import .../testing/register.js: lets a plugin run natively, on a mock of the host.

import { register } from 'node:module';

register('./hooks.js', import.meta.url);
