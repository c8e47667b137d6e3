// A provider that plays a script: node's own HTTP server. It must not know the gateway.

import { once } from 'node:events';
import { createServer } from 'node:http';

export class Upstream {
  /** `script(asked, answer)` answers each request; `asked.json` is its body, `answer` a `Playing`. */
  static async start(script) {
    const upstream = new Upstream(script);
    upstream.server.listen(0, '127.0.0.1');
    await once(upstream.server, 'listening');
    upstream.url = `http://127.0.0.1:${upstream.server.address().port}/v1`;
    return upstream;
  }

  constructor(script) {
    this.script = script;
    this.asked = [];
    this.server = createServer((request, response) => this.#serve(request, response));
  }

  async #serve(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    if (request.method === 'GET') return response.writeHead(404).end();
    const asked = { path: request.url, headers: request.headers, json: JSON.parse(Buffer.concat(parts)) };
    this.asked.push(asked);
    await this.script(asked, new Playing(response));
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** One answer, step by step. */
export class Playing {
  constructor(response) {
    this.response = response;
    /** The moment at which the client was seen to be gone. */
    this.left = new Promise((resolve) => response.once('close', () => resolve(performance.now())));
  }

  json(status, body, headers = {}) {
    this.response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }

  open() {
    this.response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.response.flushHeaders();
  }

  event(data, name) {
    if (!this.response.headersSent) this.open();
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.response.write(`${name ? `event: ${name}\n` : ''}data: ${text}\n\n`);
  }

  end() {
    this.response.end();
  }

  breakOff() {
    this.response.destroy();
  }
}

/** Something that one side waits for and the other does. */
export class Gate {
  constructor() {
    this.opened = new Promise((resolve) => (this.open = resolve));
  }
}
