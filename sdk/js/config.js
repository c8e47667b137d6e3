// The operator's configuration of the slot that the plugin fills.

import { get } from 'patchbay:plugin/config@0.2.0';

import { PluginError } from './error.js';

/**
 * The configuration, over the plugin's defaults. Nothing set reads as `{}`. The host has checked it against the
 * schema in plugin.toml.
 * @template {object} T
 * @param {T} [defaults]
 * @returns {T}
 */
export function config(defaults) {
  return { ...defaults, ...read(get()) };
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PluginError('bad-config', `the configuration: ${error.message}`);
  }
}
