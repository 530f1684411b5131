import { uniqueSorted } from '../src/util/order.ts';
import type { KindCount } from './damage/apply-damage.ts';
import type { ChainResult } from './run-chain.ts';

/** One line of the table, and of the JSON. */
export interface Figures {
  readonly name: string;
  readonly databases: number;
  /** Of which every true revision is among the candidates. */
  readonly trueAmong: number;
  /** Of which the candidates are the true revisions and no other, those alike counted as one schema. */
  readonly equal: number;
  /** Of which there is one candidate. */
  readonly unique: number;
  readonly wronglyExcluded: number;
  readonly wronglyIncluded: number;
  /** With a candidate more, whose dump differs only in what makes no other schema. */
  readonly alike: number;
  readonly notLoadable: number;
  readonly damaged: number;
  readonly damageRight: number;
  readonly seconds: number;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** The figures of one chain. */
export function figuresOf({ name, databases, notLoadable, damage, seconds }: ChainResult): Figures {
  const count = (test: (database: ChainResult['databases'][number]) => boolean) =>
    databases.filter(test).length;
  return {
    name,
    databases: databases.length,
    trueAmong: count(({ excluded }) => excluded.length === 0),
    equal: count(({ excluded, included }) => excluded.length === 0 && included.length === 0),
    unique: count(({ candidates }) => candidates.length === 1),
    wronglyExcluded: count(({ excluded }) => excluded.length > 0),
    wronglyIncluded: count(({ included }) => included.length > 0),
    alike: count(({ alike }) => alike.length > 0),
    notLoadable: new Set(notLoadable.map(({ dump }) => dump)).size,
    damaged: sum(damage.map(({ applied }) => applied)),
    damageRight: sum(damage.map(({ right }) => right)),
    seconds,
  };
}

/** The figures of several chains together. */
export function totalOf(name: string, figures: readonly Figures[]): Figures {
  const of = (member: Exclude<keyof Figures, 'name'>) => sum(figures.map((one) => one[member]));
  return {
    name,
    databases: of('databases'),
    trueAmong: of('trueAmong'),
    equal: of('equal'),
    unique: of('unique'),
    wronglyExcluded: of('wronglyExcluded'),
    wronglyIncluded: of('wronglyIncluded'),
    alike: of('alike'),
    notLoadable: of('notLoadable'),
    damaged: of('damaged'),
    damageRight: of('damageRight'),
    seconds: Math.round(of('seconds') * 10) / 10,
  };
}

/** One total for each SQL family there is. */
export function totals(results: readonly ChainResult[]): Figures[] {
  return uniqueSorted(results.map(({ dialect }) => dialect)).map((dialect) =>
    totalOf(`all ${dialect}`, results.filter((result) => result.dialect === dialect).map(figuresOf)),
  );
}

/** The damages of several chains, kind by kind. */
export function damageByKind(results: readonly ChainResult[]): KindCount[] {
  const all = results.flatMap(({ damage }) => damage);
  return uniqueSorted(all.map(({ kind }) => kind)).map((kind) => {
    const those = all.filter((one) => one.kind === kind);
    return {
      kind,
      applied: sum(those.map(({ applied }) => applied)),
      right: sum(those.map(({ right }) => right)),
    };
  });
}

/** Whether nothing was wrong, of the databases that could be judged; at least one must have been. */
export function isRight(figures: readonly Figures[]): boolean {
  return (
    sum(figures.map(({ databases }) => databases)) > 0 &&
    figures.every(
      ({ wronglyExcluded, wronglyIncluded, damaged, damageRight }) =>
        wronglyExcluded === 0 && wronglyIncluded === 0 && damaged === damageRight,
    )
  );
}
