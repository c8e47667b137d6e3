// A model, through the host's own gateway. Grant: `llm = { models = ["gpt-5-mini"], usd_per_day = 1.0 }`.

import { complete as hostComplete } from 'patchbay:plugin/llm@0.2.0';

import { ask } from './ask.js';
import { pairs, plain } from './value.js';

/**
 * Asks a model, and waits for at most 120 s.
 * @param {string} model
 * @param {{ role: 'system' | 'user' | 'assistant', content: string }[]} messages
 * @param {{ maxTokens?: number, temperature?: number, attributes?: Record<string, string> }} [options]
 * @returns {{ content: string, finishReason: string, promptTokens: number, completionTokens: number }}
 */
export function complete(model, messages, { maxTokens, temperature, attributes } = {}) {
  return plain(ask(() => hostComplete(messages, { model, maxTokens, temperature, attributes: pairs(attributes) })));
}
