/** hls.js as hls-video brings it: the same copy, and its types. */
export { Hls } from "hls-video-element";
export type { ErrorData, HlsConfig, LoadPolicy, RetryConfig } from "hls.js";
