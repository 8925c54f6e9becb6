// Links in texts: where they begin and end, and where they lead.
//
// Rules:
// 1. Only http, https, irc, ircs and mailto are links.
// 2. A full stop, comma or the like at the end belongs to the sentence, and so does a bracket that was not opened in
//    the link.
// 3. A host that is not ASCII is shown in its true form too ("xn--..."), for two letters may look the same.
// 4. What the browser is given is ASCII without spaces or controls, at most LINK_MAX characters before it is encoded.
//
// Specifications: RFC 3986, RFC 3987, UTS 46 by the browser's own URL.

// What is longer is a link as far as that.
export const LINK_MAX = 2000;
// Characters of a host in DNS (RFC 1035, 2.3.4).
const HOST_MAX = 253;
/** A link, for a regular expression with the flags "iu". */
export const LINK =
  `(?<![\\p{L}\\p{N}_])(?:https?://|ircs?://|mailto:)[^\\s<>"\`\\u2400-\\u2421\\ufffd]{1,${LINK_MAX}}`;

const ALL_LINKS = new RegExp(LINK, "giu");
const IS_ASCII = /^[\x00-\x7f]*$/;
const ONLY_SCHEME = /^(?:https?:\/\/|ircs?:\/\/|mailto:)$/i;
const SENTENCE_ENDS = ".,;:!?'\u2026\u00bb\u201d\u2019*_";
const NOT_KEPT = /[^A-Za-z0-9!#$%&'()*+,\-./:;=?@[\]_~]/gu;
/** @type {Map<string, string>} */
const OPENING = new Map([[")", "("], ["]", "["], ["}", "{"]]);

/**
 * A link without what belongs to the sentence around it; "" when nothing but the scheme is left.
 * @param {string} link
 */
export function saneEnd(link) {
  // Counted once, for a link of nothing but brackets.
  const surplus = new Map([...OPENING].map(([close, open]) => [close, count(link, close) - count(link, open)]));
  let end = link.length;
  while (end > 0) {
    const last = link.charAt(end - 1);
    const unopened = surplus.get(last) ?? 0;
    if (unopened > 0) {
      surplus.set(last, unopened - 1);
    } else if (!SENTENCE_ENDS.includes(last)) {
      break;
    }
    end -= 1;
  }
  const sane = link.slice(0, end);
  return ONLY_SCHEME.test(sane) || !sane.includes(":") ? "" : sane;
}

/** Where a link leads, as ASCII; "" when it leads nowhere. @param {string} link */
export function target(link) {
  if (!IS_ASCII.test(link) && trueHost(link) === null) {
    return "";
  }
  return link.replace(NOT_KEPT, encodeURIComponent);
}

/**
 * A link's host as DNS writes it, "" where it has none; null when that cannot be.
 * @param {string} link @returns {string | null}
 */
export function trueHost(link) {
  const host = hostOf(link);
  if (IS_ASCII.test(host)) {
    return host;
  }
  if (host.length > HOST_MAX) {
    return null;
  }
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return null;
  }
}

/** A text with the true form behind each link whose host is not ASCII. @param {string} text */
export function withTrueHosts(text) {
  return IS_ASCII.test(text) || !text.includes(":") ? text : text.replace(ALL_LINKS, withTrueHost);
}

/** @param {string} found */
function withTrueHost(found) {
  const link = saneEnd(found);
  const host = trueHost(link);
  return host === null || host === hostOf(link) ? found : `${link} (${host})${found.slice(link.length)}`;
}

/** The host as it is written. @param {string} link */
function hostOf(link) {
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(link)?.[1] ?? "";
  return authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "").toLowerCase();
}

/** @param {string} text @param {string} character */
function count(text, character) {
  return text.split(character).length - 1;
}
