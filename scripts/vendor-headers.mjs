/**
 * Puts the headers of node-addon-api, with its licence, where `npm pack` finds them, so that what is packed can be built without
 * development dependencies; with `--remove` takes them away again.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';

const from = 'node_modules/node-addon-api';
const to = 'native/vendor/node-addon-api';
rmSync('native/vendor', { recursive: true, force: true });
if (process.argv[2] !== '--remove') {
  mkdirSync(to, { recursive: true });
  for (const file of ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h', 'LICENSE.md']) {
    cpSync(`${from}/${file}`, `${to}/${file}`);
  }
}
