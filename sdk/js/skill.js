// The world skill-adapter: how work of some kind is done.

import { PluginError } from './error.js';
import { guarded } from './guard.js';
import { fields, json, pairs, plain, text } from './value.js';

/**
 * @typedef {object} Invocation
 * @property {string} id The id of this run.
 * @property {string} skill Which of the described skills.
 * @property {unknown} input The input, read from its JSON.
 * @property {number} attempt From 1.
 * @property {Record<string, string>} attributes
 *
 * @typedef {object} Outcome
 * @property {'succeeded' | 'failed' | 'cancelled'} [status] `succeeded` if left out.
 * @property {string} [summary] A sentence for people.
 * @property {unknown} [output] Any JSON.
 * @property {string} [code] What failed, as a word: `exit:1`.
 * @property {Record<string, string>} [attributes]
 *
 * @typedef {object} Skill
 * @property {string} description
 * @property {object} [inputSchema] A JSON Schema; anything if left out.
 * @property {Record<string, string>} [attributes]
 * @property {(input: unknown, invocation: Invocation) => Outcome} run
 */

/**
 * What a module exports as `skill`.
 * @param {Record<string, Skill>} skills By name.
 */
export function skillAdapter(skills) {
  return {
    describe: guarded(() => Object.entries(skills).map(description)),
    run: guarded((invocation) => {
      const skill = Object.hasOwn(skills, invocation.skill) && skills[invocation.skill];
      if (!skill) throw new PluginError('unknown-skill', `there is no skill ${invocation.skill}`);
      const input = read(invocation.input);
      return outcome(skill.run(input, { ...plain(invocation), input }));
    }),
  };
}

function description([name, { description: words, inputSchema, attributes }]) {
  return {
    name,
    description: text(words, 'description'),
    inputSchema: json(inputSchema ?? {}),
    attributes: pairs(attributes),
  };
}

function read(input) {
  try {
    return JSON.parse(input);
  } catch (error) {
    throw new PluginError('bad-input', `the input: ${error.message}`);
  }
}

function outcome(answer) {
  const { status, summary, output, code, attributes } = fields(answer, 'the outcome');
  return {
    status: text(status, 'status', 'succeeded'),
    summary: text(summary, 'summary', ''),
    output: JSON.stringify(output ?? null),
    code: text(code, 'code', ''),
    attributes: pairs(attributes),
  };
}
