// The one golden button: ask for the floor, wait, speak, give it back.
import { useState } from "preact/hooks";
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
  if (!can("floor.request")) return <Chip icon="eye">{say("hand.viewer")}</Chip>;
  if (part === "presenter" || part === "chair") return null;
  const press = async (command: Bare) => {
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
