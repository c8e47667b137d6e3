// What providers say in these tests: chunks of chat completions, and events of responses.

export const USAGE = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };

export function chunk(model, delta, finish_reason = null) {
  const choices = [{ index: 0, delta, finish_reason }];
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices };
}

export function usageChunk(model) {
  return { ...chunk(model, {}), choices: [], usage: USAGE };
}

/** A whole stream of chat completions, of as many words as given. */
export function chat(asked, answer, words) {
  const { model, stream_options } = asked.json;
  answer.event(chunk(model, { role: 'assistant', content: '' }));
  for (const word of words) answer.event(chunk(model, { content: word }));
  answer.event(chunk(model, {}, 'stop'));
  if (stream_options?.include_usage) answer.event(usageChunk(model));
  answer.event('[DONE]');
  answer.end();
}

export function completion(model) {
  const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }];
  return { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, choices, usage: USAGE };
}

/** The object of a response, as its first and last events have it. */
export function response(model, status, more = {}) {
  return { id: 'resp_1', object: 'response', created_at: 1, status, model, output: [], ...more };
}

/** A whole stream of a response; each event is named by its type and numbered. */
export function responses(asked, answer, words) {
  const { model } = asked.json;
  let sequence_number = 0;
  const say = (type, more) => answer.event({ type, sequence_number: sequence_number++, ...more }, type);
  say('response.created', { response: response(model, 'in_progress') });
  for (const delta of words) {
    say('response.output_text.delta', { item_id: 'msg_1', output_index: 0, content_index: 0, delta });
  }
  const usage = { input_tokens: 10, output_tokens: 2, total_tokens: 12 };
  say('response.completed', { response: response(model, 'completed', { usage }) });
  answer.end();
}
