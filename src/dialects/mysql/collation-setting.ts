import type { ServerSetting } from '../../database/server-setting.ts';
import { wasCharsetDefault } from '../../schema/collation.ts';
import { columnValue } from '../../schema/elements.ts';

/**
 * The default collation of the database: a column of which nothing is said takes it when it is made, and keeps it when the default is changed, the
 * server is upgraded, or the table is moved to another database by a dump (8.0 manual, 10.3.3 and 10.3.4).
 */
export function collationSetting(value: string): ServerSetting {
  return {
    name: 'collation_database',
    value,
    effect:
      'A column of which nothing is said is made in the default collation of its database; one that came with a dump, or that was made before the default changed, keeps its own. Where all tables have that one, it can be made the default again, for the tables to come too: ALTER DATABASE … CHARACTER SET … COLLATE ….',
    explains: (expected, actual) => {
      const [wanted, given] = [expected.collation, actual.collation];
      return (
        wanted?.databaseDefault === true &&
        given?.databaseDefault === false &&
        (given.charsetDefault || wasCharsetDefault(given)) &&
        columnValue({ ...expected, collation: null }) === columnValue({ ...actual, collation: null })
      );
    },
  };
}
