/** What the chosen shape makes of the picture: its frame over the player, and the shape itself, small, as `media/clips` arranges it. */
import { lines, momentAt, type Box, type Moment, type Name, type Tile } from "./cut";

export interface Preview {
  width: number;
  height: number;
  sizes: Record<string, [number, number]>;
  moments: Moment[];
}

const SVG = "http://www.w3.org/2000/svg";
const FONT = '"Be Vietnam Pro", sans-serif';
const GROUND = "#0d0e0f";
const BAR = "#a51c20";
const INK = "#f3f1ed";
const MUTED = "#a8a39b";
/** Letters of a name: as large as its place allows, and never smaller than what a telephone can show. */
const LARGEST = 36;
const SMALLEST = 28;
/** The shape is drawn in half its size; twice that of the page's pixels. */
const SCALE = 0.5;

export class ShapePreview {
  #drawn = "";

  constructor(
    private readonly preview: Preview,
    private readonly frame: SVGSVGElement | null,
    private readonly canvas: HTMLCanvasElement | null,
  ) {}

  /** Draw what `shape` shows of `video` at `ms`. */
  show(shape: string, ms: number, video: HTMLVideoElement): void {
    const moment = momentAt(this.preview.moments, ms);
    const tiles = moment?.tiles[shape] ?? [];
    this.#drawFrame(shape === "16x9" ? [] : tiles);
    this.#drawShape(shape, tiles, moment?.names[shape] ?? [], video);
  }

  /** What the shape leaves out of the player's picture is shaded; without `tiles` nothing is. */
  #drawFrame(tiles: Tile[]): void {
    const { width, height } = this.preview;
    const key = JSON.stringify(tiles);
    if (!this.frame || key === this.#drawn) return;
    this.#drawn = key;
    this.frame.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const around = ([x, y, w, h]: Box) => `M${x} ${y}h${w}v${h}h${-w}z`;
    const edges = tiles.map(([crop]) => around(crop)).join("");
    const drawn = edges
      ? [path("clip-frame-shade", around([0, 0, width, height]) + edges), path("clip-frame-edge", edges)]
      : [];
    this.frame.replaceChildren(...drawn);
  }

  #drawShape(shape: string, tiles: Tile[], names: Name[], video: HTMLVideoElement): void {
    const [width, height] = this.preview.sizes[shape] ?? [0, 0];
    const context = this.canvas?.getContext("2d");
    if (!this.canvas || !context || !width || !video.videoWidth) return;
    const [across, down] = [width * SCALE, height * SCALE];
    if (this.canvas.width !== across || this.canvas.height !== down) [this.canvas.width, this.canvas.height] = [across, down];
    context.setTransform(SCALE, 0, 0, SCALE, 0, 0);
    context.fillStyle = GROUND;
    context.fillRect(0, 0, width, height);
    const scale = video.videoWidth / this.preview.width;
    for (const [[x, y, w, h], place] of tiles) {
      context.drawImage(video, x * scale, y * scale, w * scale, h * scale, ...place);
    }
    for (const name of names) drawName(context, name);
  }
}

function path(css: string, d: string): SVGPathElement {
  const made = document.createElementNS(SVG, "path");
  made.setAttribute("class", css);
  made.setAttribute("fill-rule", "evenodd");
  made.setAttribute("d", d);
  return made;
}

function drawName(context: CanvasRenderingContext2D, [[x, y, width, height], name, office]: Name): void {
  context.fillStyle = GROUND;
  context.fillRect(x, y, width, height);
  context.fillStyle = BAR;
  context.fillRect(x, y + 10, 8, height - 20);
  const fits = (line: string) => context.measureText(line).width <= width - 44;
  let size = Math.min(LARGEST, Math.max(SMALLEST, height * 0.3));
  let broken: string[] = [];
  for (; size >= SMALLEST; size -= 2) {
    context.font = `600 ${size}px ${FONT}`;
    broken = lines(name, Math.max(1, Math.floor(height / (size * 1.4))), fits);
    if (broken.length < 3 && broken.every(fits)) break;
  }
  size = Math.max(size, SMALLEST);
  const small = Math.max(22, size * 0.72);
  const rows = broken.map((line) => ({ line, px: size, ink: INK, font: `600 ${size}px ${FONT}` }));
  context.font = `500 ${small}px ${FONT}`;
  const room = Math.floor((height - rows.length * size * 1.4) / (small * 1.4));
  for (const line of lines(office, Math.min(3, Math.max(0, room)), fits)) {
    rows.push({ line, px: small, ink: MUTED, font: context.font });
  }
  let top = y + (height - rows.reduce((sum, row) => sum + row.px * 1.4, 0)) / 2;
  for (const row of rows) {
    context.font = row.font;
    context.fillStyle = row.ink;
    context.fillText(row.line, x + 28, top + row.px);
    top += row.px * 1.4;
  }
}
