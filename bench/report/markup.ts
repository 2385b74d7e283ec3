/** HTML and SVG by template: what is put in is escaped, unless it is markup itself. */

/** Text that is markup already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What a template may hold. Numbers are coordinates, and are rounded to two decimals; nothing is left out. */
export type Piece = string | number | Markup | undefined | readonly Piece[];

/** Makes markup of a template. */
export function markup(parts: TemplateStringsArray, ...pieces: Piece[]): Markup {
  return new Markup(parts.map((part, i) => (i === 0 ? part : render(pieces[i - 1]) + part)).join(''));
}

function render(piece: Piece): string {
  if (piece === undefined) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'number') return String(Math.round(piece * 100) / 100);
  if (typeof piece === 'string') return escapeText(piece);
  return piece.map(render).join('');
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
