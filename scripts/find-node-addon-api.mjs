/**
 * Prints the folder of node-addon-api's headers for binding.gyp: those that a packed archive brings along (so that building it
 * needs no development dependency), or those of the installed package.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const packed = 'native/vendor/node-addon-api';
const folder = existsSync(packed) ? packed : createRequire(import.meta.url)('node-addon-api').include_dir;
process.stdout.write(folder.replaceAll('"', ''));
