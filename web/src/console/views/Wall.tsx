// The wall of sites.
import { useState } from "preact/hooks";
import { Chip } from "../../ui/Chip";
import { type LinkQuality, SignalBars } from "../../ui/Meter";
import { Icon } from "../../ui/Icon";
import { useLive } from "../../live/context";
import { duration, fold, percent } from "../../live/format";
import { captionOf } from "../../live/roll";
import { isTrouble } from "../status";
import { say } from "../text";
import { type Filter, matches, type Tile } from "../wall";

const FILTERS: Filter[] = ["all", "trouble", "hands", "absent"];

export function Wall({
  tiles,
  selected,
  onSelect,
}: {
  tiles: Tile[];
  selected: string | null;
  onSelect: (seat: string) => void;
}) {
  const [filter, setFilter] = useState<Filter>("all");
  const [wanted, setWanted] = useState("");
  const needle = fold(wanted.trim());
  const shown = tiles.filter((tile) => matches(tile, filter) && (!needle || fold(tile.seat.name).includes(needle)));
  return (
    <section class="wall" aria-label={say("sites")}>
      <div class="wall-tools">
        <input
          class="input wall-search"
          type="search"
          value={wanted}
          placeholder={say("search")}
          aria-label={say("search")}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
        <div class="cluster" role="group" aria-label={say("filters")}>
          {FILTERS.map((each) => (
            <button
              key={each}
              type="button"
              class={each === filter ? "chip chip-info wall-filter" : "chip wall-filter"}
              aria-pressed={each === filter}
              onClick={() => setFilter(each)}
            >
              {say(`filter.${each}`, { count: tiles.filter((tile) => matches(tile, each)).length })}
            </button>
          ))}
        </div>
      </div>
      {shown.length === 0 && <p class="muted">{say("none")}</p>}
      <div class="tiles">
        {shown.map((tile) => (
          <SiteTile
            key={tile.seat.id}
            tile={tile}
            selected={tile.seat.id === selected}
            onSelect={(element) => {
              onSelect(tile.seat.id);
              requestAnimationFrame(() => element.scrollIntoView({ block: "nearest" })); // the details may cover it
            }}
          />
        ))}
      </div>
    </section>
  );
}

export function conditionText(tile: Tile): string {
  return tile.condition === "lost"
    ? say("status.lost", { time: duration(tile.lostForMs) })
    : say(`status.${tile.condition}`);
}

/** On a tile the figures stand beside it. */
function shortText(tile: Tile): string {
  return tile.condition === "good" || tile.condition === "fair" ? say(`short.${tile.condition}`) : conditionText(tile);
}

const QUALITY: Record<string, LinkQuality> = { good: "good", fair: "fair", poor: "poor" };

function SiteTile({
  tile,
  selected,
  onSelect,
}: {
  tile: Tile;
  selected: boolean;
  onSelect: (element: HTMLElement) => void;
}) {
  const { links } = useLive();
  const { seat, condition } = tile;
  const trouble = isTrouble(condition);
  const link = links[seat.id]?.view;
  const loss =
    link && (link.loss_up !== null || link.loss_down !== null)
      ? Math.max(link.loss_up ?? 0, link.loss_down ?? 0)
      : null;
  const classes = [
    "tile site-tile",
    trouble && "tile-trouble",
    tile.place > 0 && "tile-waiting",
    selected && "tile-selected",
    condition === "absent" && "is-absent",
  ];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      aria-pressed={selected}
      data-seat={seat.id}
      data-condition={condition}
      onClick={(event) => onSelect(event.currentTarget)}
    >
      <span class="site-tile-marks">
        {tile.onAir && (
          <Chip tone="brand" live>
            {say("on_air")}
          </Chip>
        )}
        {tile.place > 0 && (
          <Chip tone="gold" icon="hand">
            {say("hand", { place: tile.place })}
          </Chip>
        )}
        {trouble && (
          <Chip tone="bad" icon={condition === "lost" ? "wifi-off" : undefined}>
            {conditionText(tile)}
          </Chip>
        )}
      </span>
      <span class="tile-body">
        <span class="tile-name">
          <span class="truncate">{seat.name}</span>
          {condition === "absent" ? <Icon name="minus" /> : <SignalBars quality={QUALITY[condition] ?? "gone"} />}
        </span>
        <span class="tile-note">
          <span>{trouble ? captionOf(seat) : shortText(tile)}</span>
          {seat.online && link && link.rtt_ms !== null && (
            <span class="nowrap">{say("numbers", { rtt: Math.round(link.rtt_ms), loss: percent(loss ?? 0) })}</span>
          )}
        </span>
      </span>
    </button>
  );
}
