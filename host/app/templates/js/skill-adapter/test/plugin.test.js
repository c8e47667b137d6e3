// Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { skill } from '../src/plugin.js';
import { mock } from '../vendor/patchbay-sdk/testing.js';

const run = (input) => skill.run({ id: 'r', skill: '{{name}}', input, attempt: 1, attributes: [] });

test('letters are made large', () => {
  mock();
  assert.equal(run('{"text":"hello"}').output, '{"text":"HELLO"}');
});

test('an input without a text is refused', () => {
  mock();
  assert.throws(() => run('{}'), { code: 'bad-input' });
});
