// Terms: what is made, what is sent, what comes back. Needs no node.
// prints: #{name => <<"Ann">>,tags => [new,{size,1.0}]}
// prints: true
// prints: 1 or 1.0
// prints: undefined, then 7
import { atom, decode, encode, equals, float, format, mapGet, tuple } from 'hidden-node';

const term = { name: 'Ann', tags: [atom('new'), tuple(atom('size'), float(1))] };
console.log(format(term));

const bytes = encode(term); // what erlang:binary_to_term/1 reads
console.log(equals(decode(bytes, { floats: 'exact' }), term));

// A float that is whole decodes to a plain number, unless it must not.
console.log(`${decode(encode(float(1)))} or ${decode(encode(float(1)), { floats: 'exact' })}`);

// Binaries are Buffers, which Map finds by identity only.
const map = decode(encode(new Map([['id', 7]])));
console.log(`${map.get('id')}, then ${mapGet(map, 'id')}`);
