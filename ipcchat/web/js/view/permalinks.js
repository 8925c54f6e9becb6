// Addresses of places and messages in this page: #/c/<channel or nick>/<msgid>.

const LINK = /^#\/c\/([^/]+)(?:\/([^/]+))?$/;
const NAME_MAX = 200;

/**
 * @param {string} name
 * @param {string} msgid "" for the place itself
 */
export function linkTo(name, msgid) {
  return `#/c/${encodeURIComponent(name)}${msgid ? `/${encodeURIComponent(msgid)}` : ""}`;
}

/**
 * The place and the message of an address; null when it is none.
 * @param {string} hash
 */
export function readLink(hash) {
  const match = LINK.exec(hash);
  if (match === null) return null;
  try {
    const [name, msgid] = [decodeURIComponent(match[1] ?? ""), decodeURIComponent(match[2] ?? "")];
    return name.length <= NAME_MAX && !/[\s,\0]/.test(name) ? { name, msgid } : null;
  } catch {
    return null;
  }
}
