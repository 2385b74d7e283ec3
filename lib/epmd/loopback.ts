/** Which addresses are of this machine alone. */

/** The loopback addresses that EPMD always listens at. */
export const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** True for an address of 127.0.0.0/8, also when it is written as IPv6 (`::ffff:127.0.0.1`), and for `::1`. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^((::ffff:)?127\.\d+\.\d+\.\d+|::1)$/i.test(address);
}
