import type { History } from './history/history.ts';
import { readReceipts, type StoredReceipt } from './history/receipts.ts';
import type { Workspace } from './workspace.ts';

/**
 * The receipts of a history, oldest first, for people to see; none where this role may not read them, which is no reason to show nothing else.
 *
 * @throws whatever reading throws but for that.
 */
export async function knownReceipts(
  { knex, dialect }: Workspace,
  history: History,
): Promise<readonly StoredReceipt[]> {
  return readReceipts(knex, history).catch((error: unknown) => {
    if (dialect.translateError(error)?.code === 'DETECT.BLIND') return [];
    throw error;
  });
}
