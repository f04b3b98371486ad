/** Writing and correcting the captions of a recording, beside its picture. */
import "../player/csp";
import "../player/labels";
import "media-chrome";
import "media-chrome/menu";
import "hls-video-element";
import "../player/player.css";
import "./captions.css";
import { startEditor } from "./editor";

startEditor();
