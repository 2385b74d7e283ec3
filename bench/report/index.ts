/** What the suite shows of results: tables as text and Markdown, a page, and a file. */
export { writeHtml } from './html.ts';
export { loadResults, saveResults } from './json.ts';
export { writeMarkdown } from './markdown.ts';
export { writeTable } from './table.ts';
