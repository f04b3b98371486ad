// The one golden button: ask for the floor, wait, speak, give it back.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { useAct, useCan, useLive, useSnapshot } from "../../live/context";
import { partOf, placeInQueue } from "../../live/policy";
import type { Bare } from "../../live/socket";
import { say } from "../text";

export function HandButton() {
  const { program } = useSnapshot();
  const { me } = useLive();
  const can = useCan();
  const act = useAct();
  const [busy, setBusy] = useState(false);
  const part = partOf(program, me);
  const place = placeInQueue(program, me);
  const shows = part === "holder" ? "yield" : place > 0 ? "withdraw" : "request";
  const keepFocus = useFocusKept(shows, busy);
  if (!can("floor.request")) return <Chip icon="eye">{say("hand.viewer")}</Chip>;
  if (part === "presenter" || part === "chair") return null;
  const press = async (command: Bare) => {
    keepFocus();
    setBusy(true);
    await act(command);
    setBusy(false);
  };
  if (part === "holder") {
    return (
      <Button
        look="primary"
        size="large"
        icon="square"
        busy={busy}
        class="hand"
        onClick={() => void press({ type: "floor.yield" })}
      >
        {say("hand.yield")}
      </Button>
    );
  }
  if (place > 0) {
    return (
      <span class="hand-waiting">
        <Chip tone="gold" icon="hourglass">
          {say("hand.place", { place })}
        </Chip>
        <Button busy={busy} class="hand" onClick={() => void press({ type: "floor.withdraw" })}>
          {say("hand.withdraw")}
        </Button>
      </span>
    );
  }
  const running = program.state === "open" || program.state === "live" || program.state === "break";
  return (
    <Button
      look="gold"
      size="large"
      icon="hand"
      busy={busy}
      class="hand"
      disabled={!running}
      onClick={() => void press({ type: "floor.request" })}
    >
      {say("hand.request")}
    </Button>
  );
}

/** Whoever pressed the button by the keyboard goes on with the one that takes its place, unless they went elsewhere meanwhile. */
function useFocusKept(shows: string, busy: boolean): () => void {
  const pressed = useRef<string | null>(null);
  useEffect(() => {
    if (pressed.current === null || busy) return;
    if (document.activeElement === document.body) document.querySelector<HTMLElement>(".room-bar .hand")?.focus();
    if (shows !== pressed.current) pressed.current = null;
  }, [shows, busy]);
  return () => void (pressed.current = shows);
}
