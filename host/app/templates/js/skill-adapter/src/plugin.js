// Changes the letters of a text: what a skill looks like.

import { PluginError, skillAdapter } from '../vendor/patchbay-sdk/index.js';
import * as job from '../vendor/patchbay-sdk/job.js';

/** `input` is read from its JSON. An outcome says what came of the work; an error, that it could not be tried. */
function run(input) {
  if (typeof input.text !== 'string') throw new PluginError('bad-input', 'the input has no "text"');
  job.logLine(`${input.text.length} letters`);
  return { summary: 'made the letters large', output: { text: input.text.toUpperCase() } };
}

export const skill = skillAdapter({
  '{{name}}': {
    description: 'Makes the letters of a text large',
    inputSchema: { type: 'object', required: ['text'], properties: { text: { type: 'string' } } },
    run,
  },
});
