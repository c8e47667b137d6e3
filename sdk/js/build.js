// Makes a component of the plugin in the working folder: node build.js --wit FOLDER --world NAME --out FILE [--wasi]
//
// `patchbay plugin build` writes the WIT and calls this. Exit status 3: componentize-js is not installed.

import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values } = parseArgs({
  options: { wit: text, world: text, out: text, wasi: { type: 'boolean', default: false } },
});

const { componentize } = await import('@bytecodealliance/componentize-js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.exit(3);
});

/** Never offered by the host: a plugin has the contract's http. */
const refused = ['http', 'fetch-event'];
/** Offered where the manifest asks for WASI. */
const wasi = ['random', 'stdio', 'clocks'];

/** Node says where a mistake in the syntax is; componentize-js only that there is one. */
function check(file) {
  const { status } = spawnSync(process.execPath, ['--check', file], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(1);
}

/** What is wrong, in words for the author. */
function words(error) {
  const message = String(error?.message ?? error);
  const [, name] = /Error loading module "patchbay:plugin\/([a-z]+)@/.exec(message) ?? [];
  if (name === undefined) return message;
  return `it imports ${name}, which is not for this plugin: its world does not have it, or [grants] in plugin.toml does not ask for it`;
}

const { main = 'src/plugin.js' } = JSON.parse(await readFile('package.json', 'utf8'));
check(main);
try {
  const { component } = await componentize({
    sourcePath: main,
    witPath: values.wit,
    worldName: values.world,
    disableFeatures: values.wasi ? refused : [...refused, ...wasi],
  });
  await writeFile(values.out, component);
} catch (error) {
  console.error(words(error));
  process.exitCode = 1;
}
