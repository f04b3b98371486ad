// Loudness of a track, and the test tone for the loudspeaker.

let shared: AudioContext | null = null;

function context(): AudioContext {
  shared ??= new AudioContext();
  if (shared.state === "suspended") shared.resume().catch(() => undefined);
  return shared;
}

/** Loudness 0..1 for a bar, from samples -1..1: -60 dB and below is 0, -6 dB and above is 1. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibel = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, (decibel + 60) / 54));
}

/** Calls `show` with the track's loudness ten times a second until the returned function is called. */
export function watchLoudness(track: MediaStreamTrack, show: (level: number) => void): () => void {
  const audio = context();
  const source = audio.createMediaStreamSource(new MediaStream([track]));
  const analyser = audio.createAnalyser();
  analyser.fftSize = 2048;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let level = 0;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    level = Math.max(loudness(samples), level * 0.8); // falls slowly, so that the eye can follow
    show(level);
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
    show(0);
  };
}

/** Plays two soft notes, one second together, on a loudspeaker ("" is the default). Resolves when they are over. */
export async function playTone(speaker: string): Promise<void> {
  const audio = context();
  await audio.resume();
  const out = audio.createMediaStreamDestination();
  const gain = audio.createGain();
  gain.connect(out);
  const start = audio.currentTime + 0.05;
  for (const [index, hertz] of [523.25, 659.25].entries()) {
    const note = audio.createOscillator();
    note.frequency.value = hertz;
    note.connect(gain);
    note.start(start + index * 0.5);
    note.stop(start + index * 0.5 + 0.5);
  }
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.25, start + 0.05);
  gain.gain.setValueAtTime(0.25, start + 0.85);
  gain.gain.linearRampToValueAtTime(0, start + 1);
  const element = new Audio();
  element.srcObject = out.stream;
  if (speaker && "setSinkId" in element) await element.setSinkId(speaker).catch(() => undefined);
  await element.play();
  await new Promise((resolve) => setTimeout(resolve, 1200));
  element.srcObject = null;
}
