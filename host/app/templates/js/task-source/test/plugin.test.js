// Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { source } from '../src/plugin.js';
import { mock } from '../vendor/patchbay-sdk/testing.js';

const feed = (answer) => mock({ config: { url: 'https://feed.example.com' }, on: { 'http.send': () => answer } });

test('items that are not done are work', () => {
  feed({ status: 200, body: '[{"id":1,"title":"one"},{"id":2,"title":"two","done":true}]' });
  assert.deepEqual(source.poll(undefined).items.map(({ id }) => id), ['1']);
});

test('a feed that fails is an error, not an empty list', () => {
  feed({ status: 500 });
  assert.throws(() => source.poll(undefined), { code: 'feed' });
});
