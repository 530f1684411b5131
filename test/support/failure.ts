import { AdoptError } from '../../src/errors.ts';

/** The AdoptError that this ends with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<AdoptError> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome instanceof AdoptError) return outcome;
  throw new Error(`Expected an AdoptError, got ${String(outcome)}`);
}
