// HTTP to the origins that were granted. Grant: `http = ["api.example.com"]`. The host follows no redirect.

import { send as hostSend } from 'patchbay:plugin/http@0.2.0';

import { ask } from './ask.js';
import { fromBlob, toText, withBlob } from './blob.js';
import { pairs, whole } from './value.js';

/** An answer: any status is one. */
export class Response {
  /** @param {number} status @param {Record<string, string>} headers Names in lower case. @param {Uint8Array} body */
  constructor(status, headers, body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** Whether the status is 200 to 299. */
  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  text() {
    return toText(this.body);
  }

  json() {
    return JSON.parse(this.text());
  }
}

/**
 * Sends a request and waits for the whole answer.
 * @param {string} url With scheme and host. `{{secret:NAME}}` in it, or in a header, is filled in by the host.
 * @param {object} [request]
 * @param {string} [request.method]
 * @param {Record<string, string>} [request.headers]
 * @param {string | Uint8Array} [request.body]
 * @param {unknown} [request.json] Instead of a body: sent as JSON.
 * @param {number} [request.timeoutMs] For the whole exchange; at most 30,000.
 * @returns {Response}
 */
export function send(url, { method = 'GET', headers = {}, body, json, timeoutMs } = {}) {
  const typed = json === undefined ? headers : { 'content-type': 'application/json', ...headers };
  const sent = json === undefined ? body : JSON.stringify(json);
  const request = { method, url, headers: pairs(typed), timeoutMs: whole(timeoutMs, 'timeoutMs'), attributes: [] };
  const [response, received] = withBlob(sent, (blob) => ask(() => hostSend(request, blob)));
  return new Response(response.status, joined(response.headers), fromBlob(received));
}

export const get = (url, request) => send(url, { ...request, method: 'GET' });
export const post = (url, request) => send(url, { ...request, method: 'POST' });

/** A header that came twice has both values, with a comma between them. */
function joined(headers) {
  const object = {};
  for (const [name, value] of headers) {
    object[name] = Object.hasOwn(object, name) ? `${object[name]}, ${value}` : value;
  }
  return object;
}
