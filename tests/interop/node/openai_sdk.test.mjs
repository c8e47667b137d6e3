// OpenAI's SDK for Node through the gateway: what a program that streams relies on.
//
//     PATCHBAY=… PATCHBAY_TEST_NODE_MODULES=… node --test openai_sdk.test.mjs

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { Host } from './host.mjs';
import { chat, chunk, completion, responses } from './talk.mjs';
import { Gate, Upstream } from './upstream.mjs';

const { OpenAI } = createRequire(resolve(process.env.PATCHBAY_TEST_NODE_MODULES, 'here'))('openai');
const BINARY = resolve(process.env.PATCHBAY);
const CANCELLED_MS = 100;
const MESSAGES = [{ role: 'user', content: 'Hello' }];
const WORDS = ['Hel', 'lo ', 'wor', 'ld', '!'];
const CHAT = { model: 'm', messages: MESSAGES, stream: true };
const CONFIG = '[routing]\nexhausted = "reject"\n[ejection]\nfailures = 1000\n';

let host, alpha, beta, key;
let first = (asked, answer) => chat(asked, answer, WORDS);
let second = (asked, answer) => chat(asked, answer, WORDS);

const client = (options = {}) => new OpenAI({ baseURL: host.url, apiKey: key, maxRetries: 0, ...options });
const text = (chunks) => chunks.map((it) => it.choices[0]?.delta.content ?? '').join('');

async function all(stream) {
  const items = [];
  for await (const item of stream) items.push(item);
  return items;
}

before(async () => {
  alpha = await Upstream.start((asked, answer) => first(asked, answer));
  beta = await Upstream.start((asked, answer) => second(asked, answer));
  host = await Host.start(BINARY, CONFIG);
  await host.provider('alpha', alpha, '--api', 'openai-responses');
  await host.provider('beta', beta, '--api', 'openai-responses', '--pool', 'fallback');
  key = await host.cli('key', 'create', 'node');
});

after(async () => {
  await host?.stop();
  alpha?.stop();
  beta?.stop();
});

afterEach(async () => {
  first = second = (asked, answer) => chat(asked, answer, WORDS);
  await host.cli('cooldown', 'clear', 'alpha').catch(() => {}); // Most tests leave none.
});

describe('a stream of chat completions', () => {
  test('every chunk arrives, and as soon as it was sent', async () => {
    const gates = WORDS.map(() => new Gate());
    first = async ({ json }, answer) => {
      for (const [index, word] of WORDS.entries()) {
        answer.event(chunk(json.model, { content: word }));
        await gates[index].opened;
      }
      answer.event(chunk(json.model, {}, 'stop'));
      answer.event('[DONE]');
      answer.end();
    };
    const seen = [];
    for await (const item of await client().chat.completions.create(CHAT)) {
      seen.push(item);
      gates[seen.length - 1]?.open(); // The next one is not sent before this one was read.
    }
    assert.equal(text(seen), WORDS.join(''));
    assert.ok(seen.every((item) => item.model === 'm'), 'the name that was asked for is in every chunk');
    assert.equal(alpha.asked.at(-1).json.model, 'native-m');
  });

  test('usage is there if it was asked for, and only then', async () => {
    const without = await all(await client().chat.completions.create(CHAT));
    assert.deepEqual(alpha.asked.at(-1).json.stream_options, { include_usage: true });
    assert.ok(without.every((item) => item.choices.length === 1 && !item.usage), JSON.stringify(without));
    const stream_options = { include_usage: true };
    const asked = await all(await client().chat.completions.create({ ...CHAT, stream_options }));
    assert.equal(asked.at(-1).usage.total_tokens, 12);
    assert.equal(asked.length, without.length + 1);
  });

  test('a client that aborts ends the provider’s request', async () => {
    const left = new Gate();
    first = async ({ json }, answer) => {
      answer.event(chunk(json.model, { content: 'Hel' }));
      left.open(await answer.left);
    };
    const stream = await client().chat.completions.create(CHAT);
    let aborted;
    for await (const _ of stream) {
      aborted = performance.now();
      stream.controller.abort();
    }
    const after = (await left.opened) - aborted;
    assert.ok(after < CANCELLED_MS, `the provider saw it after ${after} ms`);
  });

  test('a client that aborts before the answer began ends it too', async () => {
    const left = new Gate();
    const begun = new Gate();
    first = async (_, answer) => {
      begun.open();
      left.open(await answer.left);
    };
    const controller = new AbortController();
    const asking = client().chat.completions.create(CHAT, { signal: controller.signal });
    await begun.opened;
    const aborted = performance.now();
    controller.abort();
    await assert.rejects(asking, OpenAI.APIUserAbortError);
    const after = (await left.opened) - aborted;
    assert.ok(after < CANCELLED_MS, `the provider saw it after ${after} ms`);
  });

  test('an error event of the provider is an APIError', async () => {
    first = ({ json }, answer) => {
      answer.event(chunk(json.model, { content: 'Hel' }));
      answer.event({ error: { message: 'the model fell over', type: 'server_error', code: 'oops', param: null } });
      answer.end();
    };
    const failure = await all(await client().chat.completions.create(CHAT)).catch((error) => error);
    assert.ok(failure instanceof OpenAI.APIError, failure);
    assert.equal(failure.code, 'oops');
    assert.match(failure.message, /fell over/);
  });

  test('a stream that breaks off is an APIError too, after what came', async () => {
    first = ({ json }, answer) => {
      answer.event(chunk(json.model, { content: 'Hel' }));
      setTimeout(() => answer.breakOff(), 100);
    };
    const seen = [];
    const reading = async () => {
      for await (const item of await client().chat.completions.create(CHAT)) seen.push(item);
    };
    const failure = await reading().catch((error) => error);
    assert.ok(failure instanceof OpenAI.APIError, failure);
    assert.equal(failure.code, 'stream_interrupted');
    assert.equal(text(seen), 'Hel');
  });

  test('failover is invisible', async () => {
    const error = { error: { message: 'no', type: 'server_error' } };
    const failing = {
      'status 500': (_, answer) => answer.json(500, error),
      'status 429': (_, answer) => answer.json(429, error, { 'retry-after': '1' }),
      'broken off before the answer': (_, answer) => answer.breakOff(),
      'broken off before its first output': ({ json }, answer) => {
        answer.event(chunk(json.model, { role: 'assistant', content: '' }));
        setTimeout(() => answer.breakOff(), 20);
      },
      'an error as the first event': (_, answer) => {
        answer.event(error);
        answer.end();
      },
    };
    for (const [how, play] of Object.entries(failing)) {
      await host.cli('cooldown', 'clear', 'alpha').catch(() => {});
      first = play;
      const asked = [alpha.asked.length, beta.asked.length];
      const { data, response } = await client().chat.completions.create(CHAT).withResponse();
      assert.equal(text(await all(data)), WORDS.join(''), how);
      assert.equal(response.headers.get('x-patchbay-provider'), 'beta', how);
      assert.deepEqual([alpha.asked.length - asked[0], beta.asked.length - asked[1]], [1, 1], how);
    }
  });
});

describe('a stream of a response', () => {
  const CALL = { model: 'm', input: 'Hello', stream: true };

  test('every event arrives, and in order', async () => {
    first = (asked, answer) => responses(asked, answer, WORDS);
    const events = await all(await client().responses.create(CALL));
    assert.deepEqual(events.map((event) => event.sequence_number), [...events.keys()]);
    const deltas = events.filter((event) => event.type === 'response.output_text.delta');
    assert.equal(deltas.map((event) => event.delta).join(''), WORDS.join(''));
    assert.equal(events.at(-1).response.usage.total_tokens, 12);
    assert.equal(events.at(-1).response.model, 'm');
  });

  test('a stream that breaks off is an error, after what came', async () => {
    first = ({ json }, answer) => {
      const delta = { item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'Hel' };
      const type = 'response.output_text.delta';
      answer.event({ type, sequence_number: 0, ...delta }, type);
      setTimeout(() => answer.breakOff(), 100);
    };
    const seen = [];
    const reading = async () => {
      for await (const event of await client().responses.create(CALL)) seen.push(event);
    };
    const failure = await reading().catch((error) => error);
    assert.equal(seen[0].delta, 'Hel');
    const told = failure instanceof OpenAI.APIError ? failure : seen.at(-1);
    assert.equal(told.code, 'stream_interrupted', JSON.stringify(told));
  });
});

describe('what the gateway refuses', () => {
  test('is the SDK’s own class of error', async () => {
    const asking = (options, model = 'm') => client(options).chat.completions.create({ model, messages: MESSAGES });
    await assert.rejects(asking({ apiKey: 'pbk_wrong' }), OpenAI.AuthenticationError);
    await assert.rejects(asking({}, 'none'), OpenAI.NotFoundError);
    first = second = (_, answer) => answer.json(400, { error: { message: 'too long', type: 'invalid_request_error' } });
    await assert.rejects(asking({}), OpenAI.BadRequestError);
  });

  test('a limit’s Retry-After is obeyed', async () => {
    const narrow = await host.cli('key', 'create', 'narrow', '--concurrency', '1');
    const gate = new Gate();
    first = async ({ json }, answer) => {
      if (!json.stream) return answer.json(200, completion(json.model));
      answer.event(chunk(json.model, { content: 'Hel' }));
      await gate.opened;
      answer.event(chunk(json.model, {}, 'stop'));
      answer.event('[DONE]');
      answer.end();
    };
    const holding = await client({ apiKey: narrow }).chat.completions.create(CHAT);
    const asking = { model: 'm', messages: MESSAGES };
    const refused = await client({ apiKey: narrow }).chat.completions.create(asking).catch((error) => error);
    assert.ok(refused instanceof OpenAI.RateLimitError, refused);
    const wait = Number(refused.headers.get('retry-after')) * 1000;
    assert.ok(wait > 0, 'Retry-After is there');

    const before = alpha.asked.length;
    const begun = performance.now();
    const retrying = client({ apiKey: narrow, maxRetries: 1 }).chat.completions.create(asking);
    setTimeout(gate.open, wait / 2); // Free only after the first try was refused.
    await all(holding);
    assert.equal((await retrying).choices[0].message.content, 'Hi');
    assert.ok(performance.now() - begun >= wait, 'it was asked again too early');
    assert.equal(alpha.asked.length - before, 1, 'what was refused never reached the provider');
  });
});

test('the ledger has what was streamed', async () => {
  const name = 'ledger';
  const apiKey = await host.cli('key', 'create', name);
  for (let round = 0; round < 3; round++) await all(await client({ apiKey }).chat.completions.create(CHAT));
  await new Promise((resolve) => setTimeout(resolve, 1500)); // Usage is written once a second.
  const rows = await host.json('usage', '--agent', name);
  const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
  assert.deepEqual([sum('requests'), sum('prompt_tokens'), sum('completion_tokens')], [3, 30, 6]);
});
