import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** How text for people is decorated: with colours on a terminal, plain anywhere else. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  name(text: string): string;
}

// Whoever makes a style has decided for the stream it is for; Node would look at its own standard output and decide again.
const with_ = (format: Format) => (text: string) =>
  text === '' ? '' : styleText(format, text, { validateStream: false });
const plain = (text: string) => text;

/** The style for a stream that shows colours, or does not. */
export function createStyle(colours: boolean): Style {
  if (!colours) return { bold: plain, dim: plain, good: plain, warn: plain, bad: plain, name: plain };
  return {
    bold: with_('bold'),
    dim: with_('dim'),
    good: with_('green'),
    warn: with_('yellow'),
    bad: with_('red'),
    name: with_('cyan'),
  };
}
