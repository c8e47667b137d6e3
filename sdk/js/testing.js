// What a plugin's own tests use. They run with `node --import ./vendor/patchbay-sdk/testing/register.js --test`.

export { mock, refuse } from './testing/mock.js';
export { routingCases } from './testing/cases.js';
