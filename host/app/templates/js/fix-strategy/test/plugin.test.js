// Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { strategy } from '../src/plugin.js';
import { mock } from '../vendor/patchbay-sdk/testing.js';

const problem = (fixesTried) => ({ id: 'p', fingerprint: 'f', title: 't', fixesTried, attributes: [] });

test('each try waits twice as long, and there is an end', () => {
  mock({ config: { first_wait_ms: 1000, tries: 2 } });
  const waits = [0, 1].map((tried) => JSON.parse(strategy.propose(problem(tried)).actions[0].arguments).after_ms);
  assert.deepEqual(waits, [1000, 2000]);
  assert.equal(strategy.propose(problem(2)), undefined);
});
