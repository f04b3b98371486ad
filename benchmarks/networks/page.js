// A page of a session without its surface: the product's own connections (web/src/live), a moving picture, a voice-like
// sound, and the browser's own counters. Commands travel by the debugger's pipe, around the bad network.
import { Down } from "../../web/src/live/down";
import { Up } from "../../web/src/live/up";

const PICTURE = { width: 960, height: 540, fps: 15 };

/** Blobs that drift and change: as hard to encode as a hall with people in it. */
function picture() {
  const canvas = Object.assign(document.createElement("canvas"), { width: PICTURE.width, height: PICTURE.height });
  const paint = canvas.getContext("2d", { alpha: false });
  const noise = Object.assign(document.createElement("canvas"), { width: 160, height: 90 });
  const grain = noise.getContext("2d");
  const image = grain.createImageData(noise.width, noise.height);
  image.data.forEach((_, at) => (image.data[at] = at % 4 === 3 ? 255 : Math.random() * 255));
  grain.putImageData(image, 0, 0);
  let frame = 0;
  setInterval(() => {
    frame += 1;
    const x = 40 * Math.sin(frame / 17);
    const y = 40 * Math.cos(frame / 23);
    paint.drawImage(noise, x - 40, y - 40, canvas.width + 80, canvas.height + 80);
    paint.fillStyle = `hsl(${frame % 360} 60% 50%)`;
    paint.fillRect((frame * 7) % canvas.width, 300, 200, 200);
  }, 1000 / PICTURE.fps);
  return canvas.captureStream(PICTURE.fps).getVideoTracks()[0];
}

/** A tone whose pitch and loudness change all the time, without pauses: what is lost of it is missed. */
async function voice() {
  const audio = new AudioContext();
  const tone = new OscillatorNode(audio, { frequency: 220, type: "sawtooth" });
  const swing = new OscillatorNode(audio, { frequency: 3 });
  const depth = new GainNode(audio, { gain: 60 });
  swing.connect(depth).connect(tone.frequency);
  const sink = audio.createMediaStreamDestination();
  tone.connect(new GainNode(audio, { gain: 0.3 })).connect(sink);
  tone.start();
  swing.start();
  await audio.resume();
  return sink.stream.getAudioTracks()[0];
}

const COUNTED = ["inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "candidate-pair", "local-candidate", "codec"];

window.networks = {
  up: null,
  down: null,
  states: [],
  servers: [],
  made: { up: 0, down: 0 },

  async publish() {
    const tracks = { microphone: await voice(), camera: picture(), screen: null };
    this.up = new Up(
      (sdp) => {
        this.made.up += 1;
        return window.askNode("publish", sdp);
      },
      (state) => this.states.push(["up", state, performance.now()]),
      () => this.servers,
    );
    this.up.send(tracks);
    this.up.restart();
  },

  async subscribe() {
    this.down = new Down(
      {
        offer: () => {
          this.made.down += 1;
          return window.askNode("subscribe", "");
        },
        answer: (sdp) => window.askNode("subscribed", sdp),
      },
      (streams) => {
        for (const [slot, stream] of Object.entries(streams)) {
          const id = `slot-${slot}`;
          let element = document.getElementById(id);
          if (!element) {
            element = document.createElement(slot.startsWith("voice") ? "audio" : "video");
            Object.assign(element, { id, autoplay: true, muted: !slot.startsWith("voice") });
            document.body.append(element);
          }
          if (element.srcObject?.getTracks()[0] !== stream.getTracks()[0]) element.srcObject = stream;
          element.play().catch(() => undefined);
        }
      },
      (state) => this.states.push(["down", state, performance.now()]),
      () => this.servers,
    );
    this.down.restart();
  },

  /** The browser's counters of one connection, as a list. */
  async stats(which) {
    const report = await this[which]?.live?.getStats();
    return report ? [...report.values()].filter((each) => COUNTED.includes(each.type)) : [];
  },
};
