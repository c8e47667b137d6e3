// The interface `http`: a test answers `[{ status, headers, attributes }, blob]` to `http.send`, or the short form
// `{ status, headers?, body? }`.

import { answer } from '../mock.js';
import { Blob } from './blobs.js';

export function send(request, body) {
  const text = body && new TextDecoder().decode(body.read(0n, Number(body.size())));
  const given = answer('http.send', { ...request, body: text });
  if (Array.isArray(given)) return given;
  const response = { status: given.status, headers: Object.entries(given.headers ?? {}), attributes: [] };
  return [response, Blob.of(given.body ?? '')];
}
