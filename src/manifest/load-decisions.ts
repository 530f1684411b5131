import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AdoptError } from '../errors.ts';
import {
  DECISIONS_FILE,
  type DecisionScope,
  type Decisions,
  NO_DECISIONS,
  parseDecisions,
} from './decisions.ts';

/**
 * The decisions beside the manifests; none where there is no such file.
 *
 * @throws AdoptError `DECISIONS.INVALID`
 */
export async function loadDecisions(directory: string, scope: DecisionScope): Promise<Decisions> {
  const file = path.join(directory, DECISIONS_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return NO_DECISIONS;
    throw new AdoptError('DECISIONS.INVALID', `${file} cannot be read: ${(cause as Error).message}.`, {
      hint: 'Make it a readable file, or remove it.',
      cause,
    });
  }
  return parseDecisions(text, file, scope);
}
