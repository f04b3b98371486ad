// One site: its link in figures, and what can be done with it.
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { useCan, useLive } from "../../live/context";
import { percent, speed } from "../../live/format";
import { captionOf } from "../../live/roll";
import { useChoices } from "../../live/views/People";
import { isTrouble } from "../status";
import { say } from "../text";
import type { Tile } from "../wall";
import { conditionText } from "./Wall";

export function Detail({ tile }: { tile: Tile | null }) {
  if (!tile) return <p class="muted small">{say("detail.choose")}</p>;
  return <Site tile={tile} />;
}

function Site({ tile }: { tile: Tile }) {
  const { seat, condition } = tile;
  const manages = useCan()("floor.manage");
  const choices = useChoices(seat);
  return (
    <section class="stack-s" aria-label={seat.name} data-testid="detail">
      <div class="split">
        <h2>{seat.name}</h2>
        <Chip tone={isTrouble(condition) ? "bad" : condition === "absent" ? "plain" : "ok"}>{conditionText(tile)}</Chip>
      </div>
      <p class="muted small">{captionOf(seat)}</p>
      <Figures seat={seat.id} />
      {manages && (
        <div class="cluster">
          {choices.map((choice) => (
            <Button key={choice.key} size="small" icon={choice.icon} onClick={choice.onChoose}>
              {choice.label}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}

function Figures({ seat }: { seat: string }) {
  const { links } = useLive();
  const link = links[seat]?.view;
  if (!link) return <p class="muted small">{say("detail.unknown")}</p>;
  const loss = (value: number | null) => (value === null ? "–" : percent(value));
  const sending = link.sending.length
    ? link.sending.map((each) => say(`detail.${each}`)).join(", ")
    : say("detail.nothing");
  return (
    <dl class="facts small">
      <dt>{say("detail.rtt")}</dt>
      <dd>{link.rtt_ms === null ? "–" : say("detail.ms", { value: Math.round(link.rtt_ms) })}</dd>
      <dt>{say("detail.loss_up")}</dt>
      <dd>{loss(link.loss_up)}</dd>
      <dt>{say("detail.loss_down")}</dt>
      <dd>{loss(link.loss_down)}</dd>
      <dt>{say("detail.up")}</dt>
      <dd>{speed(link.up_bps)}</dd>
      <dt>{say("detail.down")}</dt>
      <dd>{speed(link.down_bps)}</dd>
      <dt>{say("detail.sending")}</dt>
      <dd>{sending}</dd>
    </dl>
  );
}
