// Takes work from a feed: a JSON list of items, each with an id and a title.

import { PluginError, config, taskSource } from '../vendor/patchbay-sdk/index.js';
import * as http from '../vendor/patchbay-sdk/http.js';

/** The host remembers which items it has seen, by id and version. */
function poll() {
  const answer = http.get(config().url);
  if (!answer.ok) throw new PluginError('feed', `the feed answered ${answer.status}`, { retryAfterMs: 60_000 });
  const open = answer.json().filter((item) => !item.done);
  return { items: open.map(({ id, title, body, priority }) => ({ id: String(id), title, body, priority })) };
}

// A feed can only be read, so there is nobody to tell of a claim or of an end.
export const source = taskSource({ poll });
