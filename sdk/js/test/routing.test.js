import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PluginError, config, log, routingPolicy } from '../index.js';
import { mock } from '../testing.js';

const request = { id: 'r', bodyBytes: 10n, prefixHash: 2n ** 63n, attributes: [['a', 'b']] };
const candidates = [{ provider: 'p', coolingMs: 5n, idleMs: undefined, attributes: [] }];
const refused = (rank) => {
  try {
    routingPolicy(rank).rank(request, candidates);
  } catch (error) {
    return error;
  }
  return assert.fail('it was not refused');
};

test('a policy sees plain numbers and attributes', () => {
  mock();
  let seen;
  routingPolicy((...values) => ((seen = values), { order: [] })).rank(request, candidates);
  assert.deepEqual(seen[0], { id: 'r', bodyBytes: 10, prefixHash: 2n ** 63n, attributes: { a: 'b' } });
  assert.equal(seen[1][0].coolingMs, 5);
});

test('a decision is the contract\'s record', () => {
  const decide = () => ({ order: [1, 0], otherwise: { retryAfterMs: 7.4 } });
  assert.deepEqual(routingPolicy(decide).rank(request, candidates), {
    order: [1, 0], reason: '', otherwise: { action: 'reject', retryAfterMs: 7n },
  });
});

test('an answer of another shape is an error that says what is wrong', () => {
  mock();
  assert.match(refused(() => undefined).message, /the decision is undefined/);
  assert.match(refused(async () => ({ order: [] })).message, /no promise/);
  assert.match(refused(() => ({ order: [1.5] })).message, /an index in order is 1.5/);
  assert.equal(refused(() => ({ order: 'x' })).code, 'bad-answer');
});

test('what a policy throws is an error of the contract', () => {
  const host = mock();
  const meant = () => { throw new PluginError('no-idea', 'nothing fits', { retryAfterMs: 5 }); };
  assert.deepEqual(refused(meant), { code: 'no-idea', message: 'nothing fits', retryAfterMs: 5n });
  assert.equal(host.lines.length, 0);
  const mistake = () => undefined.order;
  assert.equal(refused(mistake).code, 'failed');
  assert.match(host.lines[0].message, /TypeError/);
});

test('the configuration is put over the defaults, and lines reach the log', () => {
  const host = mock({ config: { size: 2 } });
  assert.deepEqual(config({ size: 1, name: 'n' }), { size: 2, name: 'n' });
  log.info('chosen', { n: 1 });
  assert.deepEqual(host.lines, [{ level: 'info', message: 'chosen', fields: [['n', '1']] }]);
});
