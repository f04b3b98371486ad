// One site: its link in figures, and what can be done with it.
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { useCan, useLive } from "../../live/context";
import { dateTime } from "../../live/format";
import { captionOf } from "../../live/roll";
import { useChoices } from "../../live/views/People";
import { figures, figuresText } from "../figures";
import { isTrouble } from "../status";
import { say } from "../text";
import type { Tile } from "../wall";
import { conditionText } from "./Wall";
import type { SeatView } from "../../wire.gen";

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
      <Figures key={seat.id} seat={seat} />
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

function Figures({ seat }: { seat: SeatView }) {
  const { links } = useLive();
  const [copied, setCopied] = useState(false);
  const link = links[seat.id];
  if (!link) return <p class="muted small">{say("detail.unknown")}</p>;
  const rows = figures(link.view);
  const copy = async () => {
    const title = `${seat.name}, ${dateTime(link.atMs)}`;
    await navigator.clipboard.writeText(figuresText(title, rows));
    setCopied(true);
  };
  return (
    <>
      <dl class="facts small" data-testid="figures">
        {rows.map(({ label, value }) => (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <div class="cluster">
        <Button size="small" icon="clipboard-list" onClick={() => void copy()} data-testid="copy-figures">
          {say(copied ? "detail.copied" : "detail.copy")}
        </Button>
      </div>
    </>
  );
}
