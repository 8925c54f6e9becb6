// How it is with the connection to a server.

/** How it is with the connection, in the words in which it is shown. */
export const State = Object.freeze({
  CONNECTING: "connecting",
  CONNECTED: "connected",
  CATCHING_UP: "catching up",
  WAITING: "offline, trying again",
  CLOSED: "not connected",
});
/** @typedef {typeof State[keyof typeof State]} StateName */
