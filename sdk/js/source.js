// The world task-source: where work comes from.

import { guarded } from './guard.js';
import { fields, list, pairs, plain, text } from './value.js';

/**
 * @typedef {object} Item
 * @property {string} id The source's own.
 * @property {string} [version] Changes when the item does.
 * @property {string} title
 * @property {string} [body]
 * @property {'urgent' | 'high' | 'normal' | 'low'} [priority]
 * @property {Record<string, string>} [attributes]
 */

/**
 * What a module exports as `source`. What is left out does nothing.
 * @param {object} source
 * @param {(cursor?: string) => { items: Item[], cursor?: string, more?: boolean }} source.poll
 * @param {(item: string) => string} [source.claim] Answers the claim; by default the item's id.
 * @param {(item: string, claim: string) => void} [source.heartbeat]
 * @param {(item: string, claim: string, note: object) => void} [source.complete]
 * @param {(item: string, claim: string, reason: string) => void} [source.release]
 */
export function taskSource({ poll, claim = (item) => item, heartbeat, complete, release }) {
  return {
    poll: guarded((cursor) => page(poll(cursor), cursor)),
    claim: guarded((id) => text(claim(id), 'the claim')),
    heartbeat: guarded((...about) => void heartbeat?.(...about)),
    complete: guarded((id, claimed, note) => void complete?.(id, claimed, plain(note))),
    release: guarded((...about) => void release?.(...about)),
  };
}

function page(answer, before) {
  const { items, cursor, more = false } = fields(answer, 'the page');
  return { items: list(items, 'items').map(item), cursor: text(cursor, 'cursor', before ?? ''), more: Boolean(more) };
}

function item(one) {
  const { id, version, title, body, priority, attributes } = fields(one, 'an item');
  return {
    id: text(id, 'id'),
    version: text(version, 'version', ''),
    title: text(title, 'title'),
    body: text(body, 'body', ''),
    priority: text(priority, 'priority', 'normal'),
    attributes: pairs(attributes),
  };
}
