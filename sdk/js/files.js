// Files below the folders that were granted. Grant: `files = [{ root = "/srv/notes", write = true }]`.

import * as host from 'patchbay:plugin/files@0.2.0';

import { ask } from './ask.js';
import { fromBlob, toText, withBlob } from './blob.js';
import { plain } from './value.js';

/** A file of at most 16 MiB: `{ bytes, text, version }`. */
export function read(path) {
  const [blob, version] = ask(() => host.read(path));
  const bytes = fromBlob(blob);
  return { bytes, text: toText(bytes), version };
}

/** What is in a folder: `{ name, kind, size }`, where `kind` is `file`, `folder` or `other`. */
export function entries(path) {
  return plain(ask(() => host.entries(path)));
}

/** Puts a file in place if it still has `version`, or is not there if there is none; says its new version. */
export function replace(path, contents, version) {
  return withBlob(contents, (blob) => ask(() => host.replace(path, blob, version)));
}
