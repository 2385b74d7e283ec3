/** The public names of `hidden-node`. */
export type { BackoffOptions } from './backoff.ts';
export type { ConnectOptions, KeepOptions } from './connection-verbs.ts';
export type { ConnectEvent, DroppedEvent, FullEvent, HandshakeEvent, LinkEvent, ServedEvent } from './diagnostics.ts';
export type { LinkStats } from './distribution/link.ts';
export { type EpmdOptions, type FoundNode, lookUp, names } from './epmd/client.ts';
export type { EpmdNode, RegisteredName } from './epmd/protocol.ts';
export { EpmdServer } from './epmd/server.ts';
export type { EpmdServerOptions } from './epmd/server-options.ts';
export { ERROR_CODES, type ErrorCode, type ErrorFacts, HiddenNodeError, isHiddenNodeError } from './errors.ts';
export type { NodeEvents } from './events.ts';
export type { WaitOptions } from './gen-server-verbs.ts';
export { type DrainedOptions, HiddenNode } from './hidden-node.ts';
export { GlobalNames, type GlobalRegisterOptions } from './names/global-names.ts';
export { GlobalRegistration } from './names/global-registration.ts';
export type { GlobalOptions } from './names/global-servers.ts';
export { PgMonitor } from './names/pg-monitor.ts';
export type { GroupChange } from './names/pg-protocol.ts';
export { type Members, PgScope } from './names/pg-scope.ts';
export type { KeptPeer } from './node/keeper.ts';
export { type NodeName, parseNodeName } from './node/name.ts';
export type { EmbeddedEpmdOptions, EpmdLocation, ListenOptions, StartOptions } from './options.ts';
export type { BoundOptions } from './process/bound.ts';
export { type Destination, Registered, registered } from './process/destination.ts';
export type { Match, ReceiveOptions } from './process/inbox.ts';
export { Mailbox, type MailboxOptions, type MonitorOptions } from './process/mailbox.ts';
export { ErlangException, type ExceptionClass } from './rpc/exception.ts';
export type { ExposedFunction, ExposedFunctions, Exposure, ServedCall } from './rpc/expose.ts';
export type { MultiCallResult } from './rpc/multi-call.ts';
export type { PeerSocketOptions, TunePeerOptions } from './rpc/peer-options.ts';
export { PeerTuning } from './rpc/peer-tuning.ts';
export type { RpcOptions } from './rpc/remote-calls.ts';
export { Server } from './rpc/server.ts';
export {
  NO_REPLY,
  type Reply,
  type ServeOptions,
  type ServerFailure,
  type ServerHandlers,
} from './rpc/server-handlers.ts';
export type { From } from './rpc/server-requests.ts';
export { type Envelope, Window, type WindowOptions, type WindowWaitOptions } from './rpc/window.ts';
export { Atom, type AtomValue, atom } from './term/atom.ts';
export { BitString, bitstring } from './term/bitstring.ts';
export { Charlist, charlist } from './term/charlist.ts';
export { type DecodeOptions, decode } from './term/decoder.ts';
export { type EncodeOptions, encode } from './term/encoder.ts';
export { equals, mapGet } from './term/equals.ts';
export { ExportTerm } from './term/export.ts';
export { Float, float } from './term/float.ts';
export { format } from './term/format.ts';
export { FunctionTerm } from './term/fun.ts';
export { ImproperList, improperList } from './term/list.ts';
export { ANY, matches, type Pattern } from './term/pattern.ts';
export { Pid } from './term/pid.ts';
export { Port } from './term/port.ts';
export { Reference } from './term/reference.ts';
export type { EncodableTerm, Term } from './term/term.ts';
export { Tuple, tuple } from './term/tuple.ts';
