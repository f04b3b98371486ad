// Who has the floor and who waits for it; for those who manage it, the actions.
import { Button, IconButton } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { useAct, useCan, useServerNow, useSnapshot } from "../context";
import { duration } from "../format";
import { nameOf } from "../roll";
import { say } from "../text";
import type { RequestView } from "../../wire.gen";

function waited(atMs: number, now: number): string {
  const minutes = Math.floor((now - atMs) / 60_000);
  return minutes < 1 ? say("queue.now") : say("queue.minutes", { minutes });
}

export function Queue() {
  const { floor } = useSnapshot().program;
  const manages = useCan()("floor.manage");
  const now = useServerNow();
  return (
    <section
      class="live-panel queue"
      aria-label={say("queue.title")}
      data-testid="queue"
      tabIndex={floor.queue.length > 4 ? 0 : undefined}
    >
      <div class="live-panel-head">
        <h2>{say("queue.title")}</h2>
        {floor.queue.length > 0 && <span class="muted small">{say("queue.count", { count: floor.queue.length })}</span>}
      </div>
      {floor.holder !== null && (
        <Holder sinceMs={floor.since_ms ?? now} now={now} seat={floor.holder} manages={manages} />
      )}
      {floor.queue.length === 0 && floor.holder === null && <p class="muted small">{say("queue.empty")}</p>}
      <ol class="queue-list">
        {floor.queue.map((request, index) => (
          <Waiting key={request.seat} request={request} index={index} now={now} manages={manages} />
        ))}
      </ol>
    </section>
  );
}

function Holder({ seat, sinceMs, now, manages }: { seat: string; sinceMs: number; now: number; manages: boolean }) {
  const snapshot = useSnapshot();
  const act = useAct();
  return (
    <div class="queue-holder" data-testid="holder">
      <Chip tone="gold" icon="mic">
        {say("queue.holder")}
      </Chip>
      <strong class="truncate grow">{nameOf(snapshot, seat)}</strong>
      <span class="muted nowrap">{duration(now - sinceMs)}</span>
      {manages && (
        <Button size="small" look="danger" onClick={() => void act({ type: "floor.recall" })}>
          {say("queue.recall")}
        </Button>
      )}
    </div>
  );
}

function Waiting({
  request,
  index,
  now,
  manages,
}: {
  request: RequestView;
  index: number;
  now: number;
  manages: boolean;
}) {
  const snapshot = useSnapshot();
  const act = useAct();
  const name = nameOf(snapshot, request.seat);
  return (
    <li class="queue-item">
      <span class="muted queue-place">{index + 1}</span>
      <span class="truncate grow">{name}</span>
      {(!manages || index === 0) && <span class="muted small nowrap">{waited(request.at_ms, now)}</span>}
      {manages && (
        <span class="queue-actions">
          {index > 0 && (
            <IconButton
              icon="arrow-up"
              look="plain"
              small
              label={say("queue.up", { name })}
              onClick={() => void act({ type: "floor.move", seat: request.seat, to: index - 1 })}
            />
          )}
          <Refuse seat={request.seat} name={name} first={index === 0} />
          <Grant seat={request.seat} name={name} first={index === 0} />
        </span>
      )}
    </li>
  );
}

/** Words for the first in the queue, whose turn it usually is; the others need one line each. */
function Refuse({ seat, name, first }: { seat: string; name: string; first: boolean }) {
  const act = useAct();
  const label = say("queue.refuse", { name });
  const refuse = () => void act({ type: "floor.refuse", seat });
  if (!first) return <IconButton icon="x" look="plain" small label={label} onClick={refuse} />;
  return (
    <Button size="small" look="quiet" aria-label={label} title={label} onClick={refuse}>
      {say("queue.refuse_short")}
    </Button>
  );
}

function Grant({ seat, name, first }: { seat: string; name: string; first: boolean }) {
  const act = useAct();
  const label = say("queue.grant_to", { name });
  const grant = () => void act({ type: "floor.grant", seat });
  if (!first) return <IconButton icon="mic" small class="queue-grant" label={label} onClick={grant} />;
  return (
    <Button size="small" look="gold" aria-label={label} onClick={grant}>
      {say("queue.grant")}
    </Button>
  );
}
