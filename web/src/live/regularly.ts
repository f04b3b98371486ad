/**
 * Does some work on a connection again and again, never twice at once; a failure says that the connection was closed
 * meanwhile. Returns what ends it.
 */
export function regularly(everyMs: number, work: () => Promise<void>): () => void {
  let busy = false;
  const once = async () => {
    if (busy) return;
    busy = true;
    try {
      await work();
    } catch {
      // The connection was closed meanwhile.
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void once(), everyMs);
  return () => clearInterval(timer);
}
