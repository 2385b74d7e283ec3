/** Connects and stays until it is killed. */
import { facts, start } from './common.mjs';

const node = await start();
console.log(process.pid);
await node.connect(facts.beam);
