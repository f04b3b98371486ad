import { DetailedError, Upload } from "tus-js-client";
import type { Config } from "./choice";

const PIECE_BYTES = 8 * 1024 * 1024;
const RETRY_MS = [500, 1000, 2000, 4000, 8000, ...Array<number>(120).fill(15_000)]; // half an hour without a network

export interface Events {
  sent(bytes: number): void;
  done(): void;
  /** The line is broken; it is tried again by itself. */
  waiting(): void;
  /** It does not go on by itself; `message` is the server's, empty where it said none. */
  failed(message: string): void;
}

/** Sends `file`, on from what the server has of it. */
export function sending(file: File, config: Config, events: Events): Upload {
  return new Upload(file, {
    endpoint: config.create,
    uploadUrl: config.known?.url ?? null,
    chunkSize: PIECE_BYTES,
    retryDelays: RETRY_MS,
    storeFingerprintForResuming: false, // the server remembers what it has, for any browser of the person
    metadata: { filename: file.name, modified: String(file.lastModified) },
    headers: { "X-CSRFToken": config.csrf, Accept: "application/json" },
    onShouldRetry: (error) => {
      const again = isPassing(statusOf(error));
      if (again) events.waiting();
      return again;
    },
    onProgress: (sent) => events.sent(sent),
    onSuccess: () => events.done(),
    onError: (error) => events.failed(messageOf(error)),
  });
}

/** Whether the same request may succeed in a moment: no answer at all, another writer, another offset, a server that restarts. */
export function isPassing(status: number): boolean {
  return status === 0 || status === 409 || status === 423 || (status >= 500 && status !== 507);
}

function statusOf(error: Error): number {
  return error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0;
}

function messageOf(error: Error): string {
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : "";
  try {
    return (JSON.parse(body || "{}") as { error?: { text?: string } }).error?.text ?? "";
  } catch {
    return "";
  }
}
