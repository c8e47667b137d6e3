// What a plugin answers when it cannot do what it was asked.

/** A refusal that the host can act on: throw it from anywhere in a plugin. */
export class PluginError extends Error {
  /**
   * @param {string} code A stable word for programs, in lower case with dashes: `bad-config`.
   * @param {string} message A sentence for people: what was found, what was expected, what to do.
   * @param {{ retryAfterMs?: number }} [when] Milliseconds after which the same call may succeed.
   */
  constructor(code, message, { retryAfterMs } = {}) {
    super(message);
    this.name = 'PluginError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What a notifier throws: it says whether the same message may get through later. */
export class SendError extends PluginError {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ retryable?: boolean, retryAfterMs?: number }} [when]
   */
  constructor(code, message, { retryable = false, retryAfterMs } = {}) {
    super(code, message, { retryAfterMs });
    this.name = 'SendError';
    this.retryable = retryable;
  }
}
