// Golden cases of a routing policy, natively. `patchbay plugin test` puts the same files to the component.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { mock } from './mock.js';

const REQUEST = {
  id: 'request-1', endpoint: 'chat/completions', model: 'model', agent: 'agent', stream: false, attempt: 1,
  bodyBytes: 1000n, maxTokens: undefined, prefixHash: 0n, attributes: [],
};
const CANDIDATE = {
  provider: 'provider', pool: 'pool', tier: 0, health: 'healthy', available: true, inFlight: 0, requestsLeft: 60,
  requestsPerMinute: 60, coolingMs: 0n, idleMs: undefined, firstByteMs: undefined, inputPrice: undefined,
  outputPrice: undefined, attributes: [],
};
/** Fields of 64 bits. */
const LONG = ['bodyBytes', 'maxTokens', 'prefixHash', 'coolingMs', 'idleMs', 'inputPrice', 'outputPrice'];

/** A test for each `*.json` of the folder; `routing` is what the plugin exports under that name. */
export function routingCases(routing, folder = 'cases') {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json')).sort();
  for (const file of files) {
    const wanted = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    test(wanted.name ?? file, () => put(routing, wanted));
  }
}

function put(routing, { config, request, candidates, expect }) {
  mock({ config });
  const given = candidates.map((candidate) => filled(CANDIDATE, candidate));
  const rank = () => routing.rank(filled(REQUEST, request ?? {}), given);
  if ('error' in expect) return assert.throws(rank, ({ code }) => code === expect.error);
  const name = (ranked) => (typeof ranked === 'number' ? given[ranked]?.provider : ranked);
  assert.deepEqual(rank().order.map(name), expect.order.map(name));
}

/** The contract's record: its names are written with underscores in a case. */
function filled(defaults, values) {
  const record = { ...defaults };
  for (const [underscored, value] of Object.entries(values)) {
    const name = underscored.replaceAll(/_(.)/g, (_, letter) => letter.toUpperCase());
    assert.ok(name in defaults, `a case has the unknown field ${underscored}`);
    record[name] = contract(name, value);
  }
  return record;
}

function contract(name, value) {
  if (value === null) return undefined;
  if (LONG.includes(name)) return BigInt(value);
  return name === 'attributes' ? Object.entries(value) : value;
}
