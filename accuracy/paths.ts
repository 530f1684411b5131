/**
 * A difference's path as text that does not depend on what a scratch database is called: names in the default schema stand without it.
 */
export function portable(path: readonly string[], defaultSchema: string): string {
  const [kind = '', owner = '', ...rest] = path;
  const prefix = `${defaultSchema}.`;
  const name = owner.startsWith(prefix) ? owner.slice(prefix.length) : owner;
  return [kind, name, ...rest].join('.');
}
