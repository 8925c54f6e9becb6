// What the library throws, or rejects a promise with.
//
//     ChatError
//      +-- ConnectFailed       the server refused us for good
//      |    +-- LoginFailed    it did not take the account's name and password
//      +-- ChatClosed          the Chat is closed, so nothing more can be sent or heard
//      +-- TimedOut            the server did not answer in time
//      +-- CommandRefused      the server refused a command
//           +-- NotDelivered   the server refused a message
//
// The text of each is written for people; programs look at the class and at `code`.

/** Base of everything the library throws on purpose. */
export class ChatError extends Error {}

/** The server will not have us; the text has its reason. */
export class ConnectFailed extends ChatError {}

/**
 * The login to an account failed; the text has the server's reason and what to do. `isVerdict`: the server said no, so
 * the password or token is of no use; else we did not even try.
 */
export class LoginFailed extends ConnectFailed {
  /** @param {string} text @param {boolean} [isVerdict] */
  constructor(text, isVerdict = false) {
    super(text);
    this.isVerdict = isVerdict;
  }
}

/** The Chat was closed, by `close()` or because the server will not have us. */
export class ChatClosed extends ChatError {}

/** The server did not answer a command in time, or the connection was lost before it did. */
export class TimedOut extends ChatError {}

/**
 * The server said no, or would. `code` is the numeric ("403") or the code of a standard reply ("INVALID_TARGET"); ""
 * when there is none. `context` are the parameters that say what it is about: ["#tea"].
 */
export class CommandRefused extends ChatError {
  /** @param {string} text @param {string} [code] @param {readonly string[]} [context] */
  constructor(text, code = "", context = []) {
    super(text);
    this.code = code;
    this.context = context;
  }
}

/** A message was not delivered, for certain; the text is the server's reason. */
export class NotDelivered extends CommandRefused {}
