import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as files from '../files.js';
import * as http from '../http.js';
import * as job from '../job.js';
import * as kv from '../kv.js';
import * as llm from '../llm.js';
import * as process from '../process.js';
import * as secrets from '../secrets.js';
import * as tasks from '../tasks.js';
import { mock, refuse } from '../testing.js';
import { Blob } from '../testing/mock/blobs.js';

test('a request carries JSON, and its answer can be read', () => {
  const host = mock({ on: { 'http.send': () => ({ status: 201, headers: { 'x-id': '7' }, body: '{"a":1}' }) } });
  const answer = http.post('https://a.example', { json: { b: 2 }, headers: { authorization: secrets.placeholder('t') } });
  assert.deepEqual([answer.ok, answer.headers['x-id'], answer.json()], [true, '7', { a: 1 }]);
  const [, request] = host.calls[0];
  assert.deepEqual([request.method, request.body], ['POST', '{"b":2}']);
  assert.deepEqual(request.headers, [['content-type', 'application/json'], ['authorization', '{{secret:t}}']]);
});

test('an error of the host is thrown with its code', () => {
  mock({ on: { 'http.send': () => { throw refuse('refused', 'not granted'); } } });
  assert.throws(() => http.get('https://a.example'), { name: 'PluginError', code: 'refused', message: 'not granted' });
  assert.throws(() => secrets.exists('t'), { code: 'not-mocked' });
});

test('bodies larger than one piece arrive whole', () => {
  const large = 'x'.repeat(600 * 1024);
  mock({ on: { 'http.send': ({ body }) => ({ status: 200, body }) } });
  assert.equal(http.post('https://a.example', { body: large }).text(), large);
});

test('what is kept can be found again', () => {
  mock();
  kv.set('b', 'ü');
  kv.setJson('a', { n: 1 });
  assert.deepEqual([kv.get('b'), kv.getJson('a'), kv.get('c')], ['ü', { n: 1 }, undefined]);
  assert.deepEqual([kv.keys(), kv.keys('', { after: 'a' }), kv.remove('a'), kv.remove('a')], [['a', 'b'], ['b'], true, false]);
});

test('a program is run to its end', () => {
  const said = [[{ stream: 'stdout', text: 'one' }], [{ stream: 'stderr', text: 'two' }], []];
  const child = { lines: () => said.shift() ?? [], wait: () => ({ code: 3, attributes: [] }), kill() {} };
  const host = mock({ on: { 'process.spawn': () => child } });
  const ended = process.run('git', ['status'], { env: { A: 'b' } });
  assert.deepEqual(ended, { code: 3, signal: undefined, stdout: 'one', stderr: 'two' });
  assert.deepEqual(host.calls[0][1].environment, [['A', 'b']]);
});

test('the other capabilities give plain values', () => {
  const host = mock({
    on: {
      'llm.complete': () => ({ content: 'c', promptTokens: 3n, attributes: [] }),
      'files.read': () => [Blob.of('text'), 'v1'],
      'tasks.current': () => undefined,
      'tasks.attempts': () => [{ number: 1, startedMs: 5n, attributes: [] }],
    },
  });
  assert.equal(llm.complete('m', [{ role: 'user', content: 'q' }], { maxTokens: 5 }).promptTokens, 3);
  assert.deepEqual([files.read('/a').text, files.read('/a').version], ['text', 'v1']);
  assert.equal(tasks.current(), undefined);
  assert.equal(tasks.attempts()[0].startedMs, 5);
  job.logLines([['one', 'stdout'], ['two']]);
  assert.deepEqual(host.calls.at(-1), ['job.log-lines', [['stdout', 'one'], ['note', 'two']]]);
  job.progress(1, { total: 2, note: 'n' });
  assert.equal(job.cancelled(), false);
  assert.deepEqual(host.calls.at(-1), ['job.progress', 1n, 2n, 'n']);
});
