// The host, as a test wants it to be: what it answers, and what was asked. It knows no interface.

const nothing = () => ({ config: '{}', answers: {}, lines: [], calls: [], kept: new Map() });
let host = nothing();

/**
 * A new host, for one test.
 * @param {object} [wanted]
 * @param {object} [wanted.config] The operator's configuration.
 * @param {Record<string, Function>} [wanted.on] By call (`http.send`): takes its arguments, gives the answer or throws
 *   what `refuse` gives.
 * @returns `lines` that were logged, `calls` that were made, and `kept`, the contents of kv.
 */
export function mock({ config = {}, on = {} } = {}) {
  host = { ...nothing(), config: JSON.stringify(config), answers: on };
  return host;
}

/** An error of the host, to throw. */
export function refuse(code, message = code) {
  return Object.assign(new Error(message), { payload: { code, message, retryAfterMs: undefined } });
}

/** What the mocks of the interfaces stand on. */
export const current = () => host;

/** The answer to a call; an error if the test gave none. */
export function answer(call, ...values) {
  host.calls.push([call, ...values]);
  const given = host.answers[call];
  if (given === undefined) throw refuse('not-mocked', `the test gave no answer to ${call}: mock({ on: { '${call}': ... } })`);
  return given(...values);
}
