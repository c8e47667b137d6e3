import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SendError, errorAnalyzer, fixStrategy, notifier, skillAdapter, taskSource } from '../index.js';
import { mock } from '../testing.js';

test('an analyzer may know nothing', () => {
  const { analyze } = errorAnalyzer(({ code }) => (code === '429' ? { class: 'rate-limited', retryAfterMs: 9 } : undefined));
  assert.equal(analyze({ code: '500', attributes: [] }), undefined);
  assert.deepEqual(analyze({ code: '429', attributes: [] }), {
    class: 'rate-limited', cause: '', confidence: 1, retryAfterMs: 9n, attributes: [],
  });
});

test('a plan\'s arguments travel as JSON', () => {
  const step = { kind: 'retry', arguments: { after_ms: 5 } };
  const { propose } = fixStrategy(() => ({ title: 't', actions: [step], confidence: 0.5 }));
  const plan = propose({ fixesTried: 0, attributes: [] });
  assert.deepEqual(plan.actions, [{ kind: 'retry', arguments: '{"after_ms":5}' }]);
  assert.deepEqual([plan.checks, plan.undo, plan.confidence], [[], [], 0.5]);
});

test('a skill is found by its name and reads its input', () => {
  mock();
  const { describe, run } = skillAdapter({
    echo: { description: 'd', run: (input, { attempt }) => ({ output: [input, attempt] }) },
  });
  assert.deepEqual(describe(), [{ name: 'echo', description: 'd', inputSchema: '{}', attributes: [] }]);
  const asked = { id: 'r', skill: 'echo', input: '{"a":1}', attempt: 2, attributes: [] };
  assert.equal(run(asked).output, '[{"a":1},2]');
  assert.equal(run(asked).status, 'succeeded');
  assert.throws(() => run({ ...asked, skill: 'toString' }), { code: 'unknown-skill' });
  assert.throws(() => run({ ...asked, input: '{' }), { code: 'bad-input' });
});

test('a notifier says whether a message may be sent again', () => {
  mock();
  const message = { id: 'm', atMs: 0n, attributes: [] };
  const failing = (error) => notifier({ kind: 'k', description: 'd', send: () => { throw error; } });
  assert.deepEqual(notifier({ kind: 'k', description: 'd', send: () => {} }).send(message), { id: '', attributes: [] });
  assert.throws(() => failing(new SendError('busy', 'm', { retryable: true })).send(message), { retryable: true });
  assert.throws(() => failing(new Error('mistake')).send(message), { code: 'failed', retryable: false });
});

test('a source that cannot claim answers with the item', () => {
  const source = taskSource({ poll: (cursor) => ({ items: [{ id: '1', title: 't' }], cursor: `${cursor}+` }) });
  const page = source.poll('a');
  assert.deepEqual([page.cursor, page.more, page.items[0].priority], ['a+', false, 'normal']);
  assert.equal(source.claim('1'), '1');
  assert.equal(source.release('1', '1', 'why'), undefined);
});
