import type { Status } from '../../status.ts';
import { renderHeadline, standpointOfStatus } from './headline.ts';
import { describeMoment } from './moment.ts';
import type { Style } from './style.ts';
import { type Cell, renderFacts } from './table.ts';
import { count, joinParts, visible } from './text.ts';

function current(status: Status, style: Style): Cell {
  if (status.current === null) {
    return status.ambiguous ? `one of ${status.candidates.map(visible).join(', ')}` : 'none';
  }
  const proved = status.state === 'legacy' ? ', proved by the schema and not recorded' : '';
  return { text: `${visible(status.current)}${proved}`, paint: style.name };
}

function pending(status: Status, style: Style): Cell {
  return status.pending.length === 0
    ? { text: 'none', paint: style.good }
    : { text: status.pending.map(visible).join(', '), paint: style.warn };
}

function drift({ drift: drifted, differences }: Status, style: Style): Cell {
  if (drifted !== true) return { text: 'none', paint: style.good };
  const { blocking, risky } = differences;
  const numbers = [
    ...(blocking > 0 ? [`${blocking} blocking`] : []),
    ...(risky > 0 ? [`${risky} risky`] : []),
  ];
  const noun = blocking + risky === 1 ? 'difference' : 'differences';
  return { text: `${numbers.join(', ')} ${noun}: see knex-adopt detect-state`, paint: style.bad };
}

function adoption({ adoption: adopted }: Status): Cell {
  if (adopted === null) return '';
  const at = adopted.at === null ? '' : `, ${describeMoment(adopted.at)}`;
  const { receipt } = adopted;
  const by =
    receipt === null ? '' : ` by ${visible(receipt.application ?? receipt.tool)}, ${receipt.strategy}`;
  return `through ${visible(adopted.through)} (${count(adopted.revisions, 'migration')}${at}${by})`;
}

/**
 * A status for people: where the database stands, in one sentence, then connection, current and head, what is pending, drift, lock and the
 * last adoption, one line each.
 */
export function renderStatus(status: Status, style: Style): string {
  const free = status.lock === 'free' || status.lock === 'absent';
  const facts: readonly (readonly [string, Cell])[] = [
    ['server', visible(`${status.server.vendor} ${status.server.version}`)],
    ['database', `${visible(status.database)}, as ${visible(status.user)}`],
    [status.schemas.length === 1 ? 'schema' : 'schemas', status.schemas.map(visible).join(', ')],
    ['history', visible(status.historyTable)],
    ['current', current(status, style)],
    ['head', { text: visible(status.head), paint: style.name }],
    ['pending', pending(status, style)],
    ['drift', status.drift === null ? '' : drift(status, style)],
    ['lock', { text: status.lock, paint: free ? (text) => text : style.warn }],
    ['adopted', adoption(status)],
    ['problem', { text: visible(status.problem ?? ''), paint: style.bad }],
    ['read-only', { text: visible(status.readOnly ?? ''), paint: style.warn }],
  ];
  const known = facts.filter(([, value]) => value !== '' && (typeof value === 'string' || value.text !== ''));
  return joinParts([renderHeadline(standpointOfStatus(status), style), renderFacts(known, style.dim)]);
}
