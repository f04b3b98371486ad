/** A recording inside its module: played, counted, and continued where one stopped. */
import "./csp";
import "./labels";
import "media-chrome";
import "media-chrome/menu";
import "hls-video-element";
import "./player.css";
import { startPlayer } from "./player";

startPlayer();
