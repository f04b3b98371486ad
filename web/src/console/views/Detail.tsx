// One site: its link in figures, and what can be done with it.
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { useCan } from "../../live/context";
import { captionOf } from "../../live/roll";
import { Figures } from "../../live/views/Figures";
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
