// What is known of a session that has ended. Pure.
import type { Snapshot } from "../wire.gen";
import { clockTime, date } from "./format";

export interface Ending {
  /** When it was held, such as "22/11/2026, 08:02–11:17"; null where it never began. */
  held: string | null;
  /** Where it is watched again; null as long as that is not known, or where nothing was recorded. */
  replayUrl: string | null;
  /** The replay may be expected soon. */
  completing: boolean;
}

export function endingOf({ program, recording }: Snapshot): Ending {
  const { started_ms: from, ended_ms: to } = program;
  return {
    held: from === null || to === null ? null : `${date(from)}, ${clockTime(from)}–${clockTime(to)}`,
    replayUrl: recording.state === "ready" ? recording.replay_url : null,
    completing: recording.state === "recording" || recording.state === "finishing",
  };
}
