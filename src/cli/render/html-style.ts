import type { Style } from './style.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as HTML that shows it and does nothing else: between tags, and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

const span = (name: string) => (html: string) => (html === '' ? '' : `<span class="${name}">${html}</span>`);

/** The style of a page. What is handed to it is HTML already, see {@link escapeHtml}. */
export const HTML_STYLE: Style = {
  bold: (html) => `<strong>${html}</strong>`,
  dim: span('dim'),
  good: span('good'),
  warn: span('warn'),
  bad: span('bad'),
  name: span('name'),
};

/** The style sheet of {@link HTML_STYLE}: light or dark as the reader has it, and good to print. */
export const HTML_SHEET = `:root { color-scheme: light dark; --text: #1c1e21; --ground: #fff; --soft: #5c6470; --line: #d5d9e0; --block: #f4f5f7;
  --good: #17692f; --warn: #7d5200; --bad: #b3201e; --name: #0b5394; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e6ea; --ground: #16181c; --soft: #9aa3b0; --line: #363b44; --block: #20242a;
  --good: #6cd08a; --warn: #e3b15c; --bad: #ff8b85; --name: #86bdf2; } }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); }
h1 { margin: 0; } h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; border-bottom: 1px solid var(--line); } h3 { margin: 1rem 0 .5rem; font-size: 1rem; } h4 { margin: 0; font-size: 1rem; font-weight: 600; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); } .name { color: var(--name); } .dim { color: var(--soft); font-weight: 400; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; } th { font-weight: 400; color: var(--soft); } .wide { overflow-x: auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
article { margin: 0 0 1rem; padding: .6rem .8rem; border: 1px solid var(--line); border-radius: .4rem; break-inside: avoid; }
pre { margin: .5rem 0; padding: .5rem; overflow-x: auto; background: var(--block); } code, pre, dd { font-family: ui-monospace, monospace; font-size: .9rem; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; } p { margin: .4rem 0; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } }
`;
