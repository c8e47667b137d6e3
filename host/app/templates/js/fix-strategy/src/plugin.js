// Proposes to try again, later each time, and gives up after some tries.

import { config, fixStrategy } from '../vendor/patchbay-sdk/index.js';

/** Answers nothing when it has no idea: then the next strategy is asked. The host decides, acts and checks. */
function propose(problem) {
  const { tries, first_wait_ms } = config({ tries: 3, first_wait_ms: 10_000 });
  if (problem.fixesTried >= tries) return undefined;
  return {
    title: `try again, try ${problem.fixesTried + 1} of ${tries}`,
    reason: 'many failures pass by themselves',
    actions: [{ kind: 'retry', arguments: { after_ms: first_wait_ms * 2 ** problem.fixesTried } }],
    confidence: 0.5,
  };
}

export const strategy = fixStrategy(propose);
