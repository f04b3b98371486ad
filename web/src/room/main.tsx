// The live surface mounts here.
export {};
