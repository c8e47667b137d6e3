// Natively, on a mock of the host. `patchbay plugin test` runs this, and puts cases/ to the component.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { delivery } from '../src/plugin.js';
import * as secrets from '../vendor/patchbay-sdk/secrets.js';
import { mock } from '../vendor/patchbay-sdk/testing.js';

const message = { id: 'm', severity: 'info', title: 'hello', body: '', atMs: 0n, attributes: [] };
const receiver = (answer) => mock({ config: { url: 'https://hooks.example.com/in' }, on: { 'http.send': () => answer } });

test('a message is posted with the secret, and the receiver\'s id comes back', () => {
  const host = receiver({ status: 200, body: '{"id":"7"}' });
  assert.equal(delivery.send(message).id, '7');
  const [, request] = host.calls[0];
  assert.equal(JSON.parse(request.body).title, 'hello');
  assert.ok(request.headers.some(([, value]) => value === `Bearer ${secrets.placeholder('hook-token')}`));
});

test('a server in trouble is asked again, one that refuses is not', () => {
  receiver({ status: 503 });
  assert.throws(() => delivery.send(message), { code: 'http-503', retryable: true });
  receiver({ status: 400 });
  assert.throws(() => delivery.send(message), { code: 'http-400', retryable: false });
});
