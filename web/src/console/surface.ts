// Which of its surfaces the console's page shows. Pure.
import type { LiveState } from "../live/live";

export type Surface = "connecting" | "console" | "ended" | "gone";

/** What is over stays over, however the connection is: there is nothing more to run, to hear or to come back to. */
export function surfaceOf({ phase, snapshot }: Pick<LiveState, "phase" | "snapshot">): Surface {
  if (snapshot?.program.state === "ended") return "ended";
  const there = phase === "inside" || phase === "away";
  if (snapshot && there) return "console";
  return there || phase === "connecting" ? "connecting" : "gone";
}
