/** Copies the headers of node-addon-api, with its licence, into what `npm pack` packs. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';

const from = 'node_modules/node-addon-api';
const to = 'native/vendor/node-addon-api';
rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
for (const file of ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h', 'LICENSE.md'])
  cpSync(`${from}/${file}`, `${to}/${file}`);
