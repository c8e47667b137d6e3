// The interface `blobs`.

export class Blob {
  #bytes;

  constructor(bytes = new Uint8Array()) {
    this.#bytes = bytes;
  }

  /** A blob with this text, as an answer of a mock has it. */
  static of(text) {
    return new Blob(new TextEncoder().encode(text));
  }

  append(bytes) {
    this.#bytes = new Uint8Array([...this.#bytes, ...bytes]);
  }

  size() {
    return BigInt(this.#bytes.length);
  }

  read(offset, count) {
    return this.#bytes.slice(Number(offset), Number(offset) + count);
  }
}
