/** A process or a name, where a control message may have either. */
import type { Atom } from '../../term/atom.ts';
import type { Pid } from '../../term/pid.ts';
import { NEW_PID_EXT, PID_EXT } from '../../term/tags.ts';
import type { ControlDecoder } from './reader.ts';

export function readProcess(control: ControlDecoder): Pid | Atom {
  const tag = control.peekTag();
  return tag === NEW_PID_EXT || tag === PID_EXT ? control.readPid() : control.readAtom();
}
