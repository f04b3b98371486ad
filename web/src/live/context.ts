// What every view of a live page may reach.
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { LiveConfig } from "./config";
import type { Live, LiveState } from "./live";
import type { Media, MediaState } from "./media";
import type { Outbox } from "./outbox";
import { type Bare, CommandError } from "./socket";
import { useStore } from "./store";
import { say, sayCode } from "./text";
import type { ToastBoard } from "./toasts";
import type { SeatView, Snapshot } from "../wire.gen";

export interface Reach {
  config: LiveConfig;
  live: Live;
  media: Media;
  outbox: Outbox;
  toasts: ToastBoard;
}

const Context = createContext<Reach | null>(null);
export const ReachProvider = Context.Provider;

export function useReach(): Reach {
  const reach = useContext(Context);
  if (!reach) throw new Error("outside of a live page");
  return reach;
}

export function useLive(): LiveState {
  return useStore(useReach().live.state);
}

export function useMedia(): MediaState {
  return useStore(useReach().media.state);
}

/** The snapshot, in views that are drawn only while there is one. */
export function useSnapshot(): Snapshot {
  const { snapshot } = useLive();
  if (!snapshot) throw new Error("drawn without a snapshot");
  return snapshot;
}

/** This page's own seat. */
export function useMe(): SeatView {
  const { me } = useLive();
  const snapshot = useSnapshot();
  const seat = snapshot.seats.find((each) => each.id === me);
  return seat ?? { id: me, name: "", caption: "", kind: "person", role: "viewer", hub: false, online: true };
}

/** Whether this page may do an action of people/permissions.py. The server decides; a page only shows. */
export function useCan(): (action: string) => boolean {
  const { abilities } = useLive();
  return (action) => abilities.has(action);
}

/** The server's time, drawn anew every `everyMs`. */
export function useServerNow(everyMs = 1000): number {
  const { live } = useReach();
  const [now, setNow] = useState(() => live.clock.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(live.clock.now()), everyMs);
    return () => clearInterval(timer);
  }, [live, everyMs]);
  return now;
}

/** What a person reads of an error. */
export function errorText(error: unknown): string {
  if (!(error instanceof CommandError)) return say("error.unknown");
  return error.text || sayCode("error", error.code) || say("error.unknown");
}

/** Sends a command, if need be once the connection is back, and tells of a refusal; resolves with whether it was done. */
export function useAct(): (command: Bare) => Promise<boolean> {
  const { outbox, toasts } = useReach();
  return async (command) => {
    try {
      await outbox.say(command);
      return true;
    } catch (error) {
      toasts.refuse(errorText(error));
      return false;
    }
  };
}
