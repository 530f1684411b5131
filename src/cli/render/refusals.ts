import type { Refusal } from '../../plan/plan.ts';
import type { Style } from './style.ts';
import { PAGE_WIDTH, visible, wrapWords } from './text.ts';

/** Each refusal with its code, its sentence, and what to do next. */
export function renderRefusals(refusals: readonly Refusal[], style: Style): string[] {
  return refusals.flatMap(({ code, message, hint }) => {
    const sentence = wrapWords(visible(message), PAGE_WIDTH - 4);
    const [first = '', ...rest] = wrapWords(visible(hint), PAGE_WIDTH - 10);
    return [
      `  ${style.bad(code)}`,
      ...sentence.map((line) => `    ${line}`),
      `    ${style.bold('next:')} ${first}`,
      ...rest.map((line) => `          ${line}`),
    ];
  });
}
