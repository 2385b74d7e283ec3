import { format } from './format.ts';

/** How much of a term an error message shows, in characters. */
const SHOWN = 500;

/** A term as Erlang prints it, cut where it gets too long for the message of an error. */
export function excerpt(term: unknown): string {
  const text = format(term);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}
