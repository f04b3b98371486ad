// The surface mounts here.
export {};
