// The world fix-strategy: what could mend a problem. A strategy proposes; the host decides and acts.

import { guarded } from './guard.js';
import { fields, json, list, pairs, plain, share, text } from './value.js';

/**
 * @typedef {object} Problem
 * @property {string} id
 * @property {string} fingerprint
 * @property {string} class As diagnosed; empty if it was not.
 * @property {string} title
 * @property {string} cause
 * @property {number} failures How often it was seen.
 * @property {number} fixesTried
 * @property {Record<string, string>} attributes
 *
 * @typedef {{ kind: string, arguments?: unknown }} Step `arguments` is any JSON.
 *
 * @typedef {object} FixPlan
 * @property {string} title
 * @property {string} [reason]
 * @property {Step[]} actions What the host does, in this order.
 * @property {Step[]} [checks] What must hold afterwards.
 * @property {Step[]} [undo] What takes the actions back.
 * @property {number} [confidence] From 0 to 1; 1 if left out.
 * @property {Record<string, string>} [attributes]
 */

/**
 * What a module exports as `strategy`.
 * @param {(problem: Problem) => FixPlan | undefined} propose Answers nothing if another strategy may know.
 */
export function fixStrategy(propose) {
  return { propose: guarded((problem) => plan(propose(plain(problem)))) };
}

function plan(answer) {
  if (answer === undefined || answer === null) return undefined;
  const { title, reason, actions, checks, undo, confidence = 1, attributes } = fields(answer, 'the plan');
  return {
    title: text(title, 'title'),
    reason: text(reason, 'reason', ''),
    actions: steps(actions, 'actions'),
    checks: steps(checks, 'checks'),
    undo: steps(undo, 'undo'),
    confidence: share(confidence, 'confidence'),
    attributes: pairs(attributes),
  };
}

function steps(value, what) {
  const step = ({ kind, arguments: given = {} }) => ({ kind: text(kind, `${what}: kind`), arguments: json(given) });
  return list(value, what).map((one) => step(fields(one, what)));
}
