// Before going in: see oneself, hear oneself, choose devices; or understand why that does not work, and go in to
// listen.
import { useEffect, useState } from "preact/hooks";
import { Button, IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Mark } from "../../ui/Mark";
import { useMedia, useReach } from "../../live/context";
import { say as sayLive } from "../../live/text";
import { useStreamOf, Video } from "../../live/views/Video";
import { notice } from "../deviceText";
import { say } from "../text";
import { DevicePicker } from "./DevicePicker";

export interface Wanted {
  microphone: boolean;
  camera: boolean;
}

export function PreJoin({ onEnter }: { onEnter: (wanted: Wanted) => void }) {
  const { config, media } = useReach();
  const { tracks, problems } = useMedia();
  const [checking, setChecking] = useState(true);
  const [wanted, setWanted] = useState<Wanted>({ microphone: true, camera: true });

  const check = async () => {
    setChecking(true);
    await media.openBoth();
    setChecking(false);
  };
  useEffect(() => void check(), []);

  const toggleCamera = async () => {
    const camera = !wanted.camera;
    setWanted({ ...wanted, camera });
    if (camera) await media.open("camera");
    else await media.turn("camera", false);
  };
  // What could not be opened here is not tried again on the way in: the person has been told.
  const enter = () =>
    onEnter({
      microphone: wanted.microphone && tracks.microphone !== null,
      camera: wanted.camera && tracks.camera !== null,
    });
  const problem = checking ? null : notice(problems);
  const nothing = !checking && tracks.microphone === null && tracks.camera === null && problem !== null;
  return (
    <main class="stage-page prejoin">
      <header class="prejoin-head">
        <a class="site-mark" href={config.homeUrl}>
          <Mark />
          <span>{sayLive("app")}</span>
        </a>
      </header>
      <div class="prejoin-body">
        <section class="prejoin-look">
          <Preview on={wanted.camera} checking={checking} />
          <div class="prejoin-switches">
            <IconButton
              icon={wanted.microphone && !problems.microphone ? "mic" : "mic-off"}
              off={!wanted.microphone || problems.microphone !== undefined}
              label={say(wanted.microphone ? "bar.microphone_on" : "bar.microphone_off")}
              disabled={problems.microphone !== undefined}
              onClick={() => setWanted({ ...wanted, microphone: !wanted.microphone })}
            />
            <IconButton
              icon={wanted.camera && !problems.camera ? "video" : "video-off"}
              off={!wanted.camera || problems.camera !== undefined}
              label={say(wanted.camera ? "bar.camera_on" : "bar.camera_off")}
              disabled={problems.camera !== undefined}
              onClick={() => void toggleCamera()}
            />
          </div>
          <p class="muted small prejoin-privacy">{say("join.privacy")}</p>
        </section>
        <section class="prejoin-choose">
          <div>
            <p class="muted">{say("join.title")}</p>
            <h1>{config.conference}</h1>
            {config.title !== config.conference && <p class="muted">{config.title}</p>}
          </div>
          {problem && (
            <div class="notice notice-gold" role="alert" data-testid="device-problem">
              <Icon name="triangle-alert" />
              <div class="notice-body stack-s">
                <strong>{problem.title}</strong>
                {problem.texts.map((text) => (
                  <p key={text}>{text}</p>
                ))}
                <p>{say("problem.still")}</p>
                <div>
                  <Button size="small" icon="refresh-cw" onClick={() => void check()}>
                    {sayLive("retry")}
                  </Button>
                </div>
              </div>
            </div>
          )}
          {!nothing && <DevicePicker />}
          <div class="prejoin-enter">
            <Button
              look="primary"
              size="large"
              class="button-wide"
              data-testid="enter"
              disabled={checking}
              onClick={enter}
            >
              {say(nothing ? "join.listen" : "join.enter")}
            </Button>
          </div>
          {config.watchUrl && (
            <p class="muted small">
              {sayLive("watch.why")} <a href={config.watchUrl}>{sayLive("watch.link")}</a>
            </p>
          )}
        </section>
      </div>
    </main>
  );
}

function Preview({ on, checking }: { on: boolean; checking: boolean }) {
  const { tracks } = useMedia();
  const stream = useStreamOf(on ? tracks.camera : null);
  return (
    <div class="prejoin-preview">
      {stream ? (
        <Video stream={stream} subject="self" label={say("join.preview")} mirrored testId="preview" />
      ) : (
        <p class="muted" role="status">
          {say(checking ? "join.checking" : "join.preview_off")}
        </p>
      )}
    </div>
  );
}
