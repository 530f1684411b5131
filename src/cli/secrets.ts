/** A password in any URL, of a database also without its slashes, up to the last `@` before the path; the word that our own hints have in its place is none. */
const URL_PASSWORD =
  /(\b(?:[a-z][a-z0-9+.-]*:\/\/|(?:postgres|postgresql|mysql|mariadb):\/?)[^\s:/@"']*):(?!password@)[^\s/"']*@/gi;

/** Shorter ones are words that stand in honest messages too, such as `postgres` as the password of the user `postgres`. */
const LEAST_LENGTH = 4;

/**
 * Text without secrets: passwords in URLs, and whatever was registered. The last line of defence; nothing is to be written that needs it.
 */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  let result = text.replace(URL_PASSWORD, '$1:***@');
  for (const secret of secrets) {
    if (secret.length >= LEAST_LENGTH) result = result.replaceAll(secret, '***');
  }
  return result;
}
