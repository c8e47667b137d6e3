// Programs that were granted, never through a shell. Grant: `process = ["git"]`.

import { spawn as hostSpawn } from 'patchbay:plugin/process@0.2.0';

import { ask } from './ask.js';
import { withBlob } from './blob.js';
import { pairs, plain } from './value.js';

/** Lines that are fetched at one time, and how long one such wait lasts. */
const LINES = 256;
const WAIT_MS = 1000;

/**
 * Starts a program.
 * @param {string} program As it was granted.
 * @param {string[]} [args]
 * @param {object} [command]
 * @param {Record<string, string>} [command.env] Besides `PATH`, `HOME`, `LANG` and `TZ`.
 * @param {string} [command.folder]
 * @param {string | Uint8Array} [command.input] Its standard input.
 */
export function spawn(program, args = [], { env, folder, input } = {}) {
  const command = { program, arguments: args, environment: pairs(env), folder, attributes: [] };
  return new Child(withBlob(input, (blob) => ask(() => hostSpawn(command, blob))));
}

/** A program that was started. It does not outlive the call that started it. */
export class Child {
  #host;

  constructor(host) {
    this.#host = host;
  }

  /** Lines that have come, `{ stream, text }`, within that time; none at the end too. */
  lines({ count = LINES, waitMs = 0 } = {}) {
    return ask(() => this.#host.lines(count, BigInt(waitMs)));
  }

  /** How it ended, `{ code, signal }`; undefined if it still runs. */
  wait(waitMs = 0) {
    const exit = ask(() => this.#host.wait(BigInt(waitMs)));
    return exit && plain(exit);
  }

  kill() {
    ask(() => this.#host.kill());
  }
}

/**
 * Runs a program to its end, within the call's deadline.
 * @param {(line: { stream: string, text: string }) => void} [command.onLine] Called for each line as it comes.
 * @returns {{ code?: number, signal?: number, stdout: string, stderr: string }}
 */
export function run(program, args, { onLine, ...command } = {}) {
  const child = spawn(program, args, command);
  const told = { stdout: [], stderr: [] };
  for (let exit; ; ) {
    const lines = child.lines({ waitMs: WAIT_MS });
    for (const line of lines) {
      told[line.stream]?.push(line.text);
      onLine?.(line);
    }
    if (lines.length > 0) continue;
    if (exit) return { code: exit.code, signal: exit.signal, stdout: told.stdout.join('\n'), stderr: told.stderr.join('\n') };
    exit = child.wait();
  }
}
