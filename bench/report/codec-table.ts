/** The table of the codecs: nanoseconds per term, and how ours compares. */
import type { CodecRow } from '../results.ts';
import { pairedRatios, spread } from '../statistics.ts';
import { SUBJECT } from '../targets.ts';
import { aligned, range, ratio } from './format.ts';
import { codecsInOrder, contestantLabel } from './names.ts';
import { numbers, type Row, type Table } from './table-model.ts';

/** The terms in the order in which they were measured. */
export function termsOf(rows: readonly CodecRow[]): string[] {
  return [...new Set(rows.map((row) => row.term))];
}

/** The rows of one term, ours first. */
export function rowsOfTerm(rows: readonly CodecRow[], term: string): CodecRow[] {
  const own = rows.filter((row) => row.term === term);
  return codecsInOrder(own.map((row) => row.codec)).map((codec) => own.find((row) => row.codec === codec)!);
}

/** All codecs at all terms, or at one. */
export function codecTable(rows: readonly CodecRow[], terms: readonly string[] = termsOf(rows)): Table {
  return {
    title: terms.length === 1 ? `codec, ${terms[0]}` : 'codec',
    note: `÷ ours: this time divided by that of ${SUBJECT}, paired by round; more than 1 is slower than ${SUBJECT}.`,
    columns: [
      ...(terms.length === 1 ? [] : [{ head: 'term', align: 'left' } as const]),
      { head: 'codec', align: 'left' },
      ...numbers('encoding, ns per term', 'median', 'min–max', '÷ ours'),
      ...numbers('decoding, ns per term', 'median', 'min–max', '÷ ours'),
    ],
    rows: terms.flatMap((term) => termRows(rowsOfTerm(rows, term), terms.length === 1 ? undefined : term)),
  };
}

function termRows(rows: CodecRow[], term: string | undefined): Row[] {
  const encode = wayCells(rows, 'encode');
  const decode = wayCells(rows, 'decode');
  return rows.map(({ codec }, i) => ({
    cells: [...(term === undefined ? [] : [i === 0 ? term : '']), contestantLabel(codec), ...encode[i]!, ...decode[i]!],
    strong: codec === SUBJECT,
    ruled: i === 0 && term !== undefined,
  }));
}

function wayCells(rows: CodecRow[], way: 'encode' | 'decode'): string[][] {
  const ours = rows.find((row) => row.codec === SUBJECT)?.[way] ?? [];
  const found = rows.map((row) => spread(row[way]));
  const medians = aligned(found.map((where) => where?.median));
  return rows.map((row, i) => {
    const where = found[i];
    const [least, most] = aligned([where?.min, where?.max]);
    return [
      medians[i]!,
      where ? range(least!, most!) : '',
      where ? ratio(spread(pairedRatios(row[way], ours))?.median) : '',
    ];
  });
}
