import type { Knex } from 'knex';
import type { Answer, Dialect } from '../database/dialect.ts';
import type { ServerFacts } from '../database/server-facts.ts';
import type { QueryCounter } from '../database/session.ts';
import { AdoptError } from '../errors.ts';
import type { Probe } from '../manifest/probe.ts';
import type { ProbeAnswer } from './probe-answer.ts';

/** How long one probe may take, unless told otherwise. */
export const DEFAULT_PROBE_LIMIT_MS = 10_000;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['t', true],
  ['1', true],
  ['false', false],
  ['f', false],
  ['0', false],
]);

function failed({ file }: Probe, what: string): AdoptError {
  return new AdoptError('PROBE.FAILED', `The probe ${file} ${what}.`, {
    hint: 'Mend it, or remove it: nothing else is asked in its place.',
  });
}

function answerOf(probe: Probe, answer: Answer, limitMs: number): ProbeAnswer {
  const { revision, file } = probe;
  switch (answer.kind) {
    case 'denied':
      return {
        revision,
        file,
        happened: null,
        problem: `The probe ${file} cannot tell, because this role may not read what it asks for: ${answer.message}`,
      };
    case 'late':
      throw failed(probe, `did not answer within ${limitMs} ms`);
    case 'failed':
      throw failed(probe, `failed: ${answer.message.replace(/\.$/, '')}`);
    case 'value': {
      if (answer.value === null) throw failed(probe, 'gave no row, or NULL, where one boolean was asked for');
      const happened = BOOLEANS.get(answer.value.trim().toLowerCase());
      if (happened === undefined) {
        throw failed(probe, `gave ${JSON.stringify(answer.value.slice(0, 40))}, and no boolean`);
      }
      return { revision, file, happened, problem: null };
    }
  }
}

/**
 * Asks each probe, one after the other, each in a read-only transaction of its own, so that one that fails spoils nothing.
 *
 * @param limitMs how long each may take.
 * @throws AdoptError `PROBE.FAILED` when one fails, takes too long, tries to write, or answers anything but one boolean; `CONNECT.*`
 */
export async function askProbes(
  dialect: Dialect,
  knex: Knex,
  counter: QueryCounter,
  facts: ServerFacts,
  probes: readonly Probe[],
  { schema, limitMs }: { readonly schema: string; readonly limitMs: number },
): Promise<readonly ProbeAnswer[]> {
  const answers: ProbeAnswer[] = [];
  for (const probe of probes) {
    const answer = await dialect.ask(knex, counter, facts, { sql: probe.sql, schema, limitMs });
    answers.push(answerOf(probe, answer, limitMs));
  }
  return answers;
}
