/**
 * Many waits may share one AbortSignal. They share one listener on it as well, so that Node.js does not take hundreds of
 * calls with one signal for a leak.
 */

interface Hub {
  callbacks: Set<() => void>;
  listener: () => void;
}

const hubs = new WeakMap<AbortSignal, Hub>();

/** Calls `callback` once when the signal fires; not at all when it has fired before. */
export function onAbort(signal: AbortSignal, callback: () => void): void {
  let hub = hubs.get(signal);
  if (hub === undefined) {
    const callbacks = new Set<() => void>();
    hub = { callbacks, listener: () => fire(signal, callbacks) };
    hubs.set(signal, hub);
    signal.addEventListener('abort', hub.listener);
  }
  hub.callbacks.add(callback);
}

/** Takes back {@link onAbort}; the last one leaves the signal as it was. */
export function offAbort(signal: AbortSignal, callback: () => void): void {
  const hub = hubs.get(signal);
  if (hub === undefined || !hub.callbacks.delete(callback) || hub.callbacks.size > 0) return;
  hubs.delete(signal);
  signal.removeEventListener('abort', hub.listener);
}

function fire(signal: AbortSignal, callbacks: Set<() => void>): void {
  // One callback may take back another.
  for (const callback of [...callbacks]) if (callbacks.delete(callback)) callback();
  const hub = hubs.get(signal);
  if (hub !== undefined) signal.removeEventListener('abort', hub.listener);
  hubs.delete(signal);
}
