import type { DialectName } from '../src/schema/snapshot.ts';
import type { SqlConnection } from '../test/support/sql-connection.ts';

/** Part of a script that goes to the server in one message. */
type Message = string;

/** `pg_dump` of a patched release writes commands of psql's own around its text; the server knows none of them. */
function postgresMessages(script: string): Message[] {
  return [script.replaceAll(/^\\.*$/gm, '')];
}

/** The `mysql` client's `DELIMITER`, which `mysqldump` writes around triggers and routines: what is between two of them is one statement each. */
function mysqlMessages(script: string): Message[] {
  const messages: Message[] = [];
  let delimiter = ';';
  for (const part of script.split(/^(?=DELIMITER )/m)) {
    const head = /^DELIMITER (\S+).*\n?/.exec(part);
    delimiter = head?.[1] ?? delimiter;
    const text = part.slice(head?.[0].length ?? 0);
    messages.push(...(delimiter === ';' ? [text] : text.split(delimiter)));
  }
  return messages;
}

/** Whether there is anything for the server to do. */
function isEmpty(message: Message): boolean {
  return message.replaceAll(/--.*$/gm, '').trim() === '';
}

/** Runs a dump. @throws the driver's error of the first statement that failed */
export async function loadScript(
  connection: SqlConnection,
  script: string,
  dialect: DialectName,
): Promise<void> {
  const messages = dialect === 'postgres' ? postgresMessages(script) : mysqlMessages(script);
  for (const message of messages.filter((one) => !isEmpty(one))) await connection.script(message);
}
