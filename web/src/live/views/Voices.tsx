// The three voices, on the chosen loudspeaker; where the browser will not play yet, one clear button.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { useMedia } from "../context";
import { routeSound } from "../devices";
import { VOICES } from "../down";
import { say } from "../text";

export function Voices({ silent = false }: { silent?: boolean }) {
  const { streams, choice } = useMedia();
  const [blocked, setBlocked] = useState(false);
  const elements = useRef(new Map<string, HTMLAudioElement>());

  const play = () => {
    for (const element of elements.current.values()) {
      if (!element.srcObject) continue;
      element.play().then(
        () => setBlocked(false),
        (error: DOMException) => error.name === "NotAllowedError" && setBlocked(true),
      );
    }
  };
  useEffect(() => {
    for (const slot of VOICES) {
      const element = elements.current.get(slot);
      const stream = streams[slot] ?? null;
      if (element && element.srcObject !== stream) element.srcObject = stream;
    }
    play();
  }, [streams]);
  useEffect(() => {
    for (const element of elements.current.values()) void routeSound(element, choice.speaker);
  }, [choice.speaker]);

  return (
    <>
      {VOICES.map((slot) => (
        <audio
          key={slot}
          data-testid={slot}
          autoplay
          muted={silent}
          ref={(element) => {
            if (element) elements.current.set(slot, element);
          }}
        />
      ))}
      {blocked && !silent && (
        <div class="sound-gate">
          <Button look="gold" size="large" icon="volume-2" onClick={play}>
            {say("sound.blocked")}
          </Button>
          <p class="small">{say("sound.blocked_why")}</p>
        </div>
      )}
    </>
  );
}
