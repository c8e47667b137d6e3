// A Patchbay for a test: its own folder, free ports, set up with its command line. It must not know what any test asks.

import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const READY_MS = 60_000;
const STOP_MS = 20_000;

/** The environment without proxies and without keys of the machine's owner. */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(OPENAI_|ANTHROPIC_|PATCHBAY_|https?_proxy$|all_proxy$)/i.test(name)),
);

export class Host {
  /** A host that serves, with this `patchbay.toml`. */
  static async start(binary, config = '') {
    const host = new Host(binary, mkdtempSync(join(tmpdir(), 'patchbay-interop-')));
    await host.cli('init');
    writeFileSync(join(host.dir, 'patchbay.toml'), config);
    const log = openSync(host.log, 'w');
    const ports = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0'];
    host.process = spawn(binary, ['--dir', host.dir, 'serve', ...ports], { env: environment, stdio: ['ignore', log, log] });
    closeSync(log);
    host.ended = new Promise((resolve) => host.process.once('exit', resolve));
    host.url = await host.ready();
    return host;
  }

  constructor(binary, home) {
    this.binary = binary;
    this.home = home;
    this.dir = join(home, 'host');
    this.log = join(home, 'log');
  }

  async ready() {
    for (const until = Date.now() + READY_MS; Date.now() < until && this.process.exitCode === null; await sleep(100)) {
      if (!existsSync(join(this.dir, 'admin.sock'))) continue;
      const status = await this.json('status').catch(() => null);
      if (status) return status.address.api;
    }
    throw new Error(`the host was not ready within ${READY_MS} ms; its log:\n${readFileSync(this.log)}`);
  }

  /** What a command prints. A failure is shown with what it said. */
  async cli(...words) {
    const done = await promisify(execFile)(this.binary, ['--dir', this.dir, ...words], { env: environment });
    return done.stdout.trim();
  }

  async json(...words) {
    return JSON.parse(await this.cli(...words, '--json'));
  }

  /** A provider at `upstream`, which needs no key and has the model m under the name native-m. */
  async provider(name, upstream, ...options) {
    const base = ['provider', 'add', name, '--url', upstream.url, '--no-key', '--model', 'm=native-m', '--rpm', '100000'];
    await this.cli(...base, ...options);
  }

  async stop() {
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(late);
    rmSync(this.home, { recursive: true });
  }
}
