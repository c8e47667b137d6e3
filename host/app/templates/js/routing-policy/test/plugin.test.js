// The cases, natively. `patchbay plugin test` runs this, and puts the same cases to the component.

import { routing } from '../src/plugin.js';
import { routingCases } from '../vendor/patchbay-sdk/testing.js';

routingCases(routing);
