// Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { analyzer } from '../src/plugin.js';
import { mock } from '../vendor/patchbay-sdk/testing.js';

const failure = (message) => ({ id: 'f', kind: 'task', code: 'exit:1', message, attributes: [] });

test('a word in the message says what it is', () => {
  mock({ config: { words: { 'no space left': 'disk-full' } } });
  assert.equal(analyzer.analyze(failure('write: No space left on device')).class, 'disk-full');
});

test('another message is left to others', () => {
  mock();
  assert.equal(analyzer.analyze(failure('hm')), undefined);
});
