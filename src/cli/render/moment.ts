import { visible } from './text.ts';

/** A moment as ISO 8601 in UTC, as people read it: `2026-01-02 03:04:05 UTC`. Anything else is given as it is. */
export function describeMoment(iso: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso) ?? [];
  return day === undefined ? visible(iso) : `${day} ${time} UTC`;
}
