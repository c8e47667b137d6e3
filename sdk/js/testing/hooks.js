// Puts the mock where a plugin imports an interface of the host.

const INTERFACE = /^patchbay:plugin\/([a-z]+)@/;

export function resolve(specifier, context, next) {
  const [, name] = INTERFACE.exec(specifier) ?? [];
  if (name === undefined) return next(specifier, context);
  return { url: new URL(`./mock/${name}.js`, import.meta.url).href, shortCircuit: true };
}
