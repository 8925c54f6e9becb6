// Staying logged in: what this browser keeps in place of the password, and that all its pages log out together.
//
// Rules:
// 1. What is kept is a token that the server gave for this browser: it can be taken back there, and ends by itself. A
//    password is never kept.
// 2. What cannot be read, or is something else than we wrote, is nothing. A browser that keeps nothing is no mistake.

const KEY = "ipc-chat.login";
const CHANNEL = "ipc-chat.left";

/** @typedef {{account: string, token: string}} KeptLogin */

/** Who logs in without being asked; null when nobody does. @returns {KeptLogin | null} */
export function keptLogin() {
  let found;
  try {
    found = JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null; // Rule 2.
  }
  const { account, token } = found ?? {};
  return typeof account === "string" && typeof token === "string" && account && token ? { account, token } : null;
}

/** @param {KeptLogin} login */
export function keepLogin(login) {
  try {
    localStorage.setItem(KEY, JSON.stringify(login));
  } catch {
    // Rule 2.
  }
}

/** Nobody logs in without being asked any more. */
export function dropLogin() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Rule 2.
  }
}

/** Tell the other pages of this browser that its user has left. @param {string} account */
export function tellLeft(account) {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(account);
  channel.close();
}

/** Hear when another page tells so. @param {(account: string) => void} left */
export function hearLeft(left) {
  new BroadcastChannel(CHANNEL).addEventListener("message", ({ data }) => left(String(data)));
}
