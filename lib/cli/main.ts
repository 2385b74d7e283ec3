#!/usr/bin/env node
/** The program `hidden-node`. It needs no addon: only what runs without one is imported here and by the commands. */
import { readFileSync } from 'node:fs';
import { dispatch } from './dispatch.ts';
import { processTerminal } from './terminal.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await dispatch(process.argv.slice(2), processTerminal(), version);
