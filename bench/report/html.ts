/** Results as one page that needs nothing but itself. */
import type { Results } from '../results.ts';
import { markup } from './markup.ts';

/** The page. */
export function writeHtml(results: Results): string {
  return markup`<!doctype html><title>${results.command}</title>`.text;
}
