// Bytes that stay with the host and pass in pieces.

import { Blob } from 'patchbay:plugin/blobs@0.2.0';

import { ask } from './ask.js';

/** The most that passes at one time. */
const PIECE_BYTES = 256 * 1024;
/** The method that gives a handle back to the host. An engine that does not know the symbol has one by its name. */
const DISPOSE = Symbol.dispose ?? Symbol.for('dispose');

/** A blob of the host with these bytes, or this text as UTF-8. */
function toBlob(contents) {
  const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
  const blob = new Blob();
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    ask(() => blob.append(bytes.subarray(at, at + PIECE_BYTES)));
  }
  return blob;
}

/** Gives a handle back now, not when the engine collects its garbage: the host has only so many for a plugin. */
export function release(handle) {
  handle?.[DISPOSE]?.();
}

/** What `use` makes of a blob with these contents; of none, if there are none. */
export function withBlob(contents, use) {
  const blob = contents === undefined ? undefined : toBlob(contents);
  try {
    return use(blob);
  } finally {
    release(blob);
  }
}

/** All bytes of a blob of the host, which is given back. */
export function fromBlob(blob) {
  try {
    return read(blob);
  } finally {
    release(blob);
  }
}

function read(blob) {
  const bytes = new Uint8Array(Number(blob.size()));
  for (let at = 0; at < bytes.length; ) {
    const piece = blob.read(BigInt(at), PIECE_BYTES);
    if (piece.length === 0) break;
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The bytes as text; what is no UTF-8 is replaced. */
export function toText(bytes) {
  return new TextDecoder().decode(bytes);
}
