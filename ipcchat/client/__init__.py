"""The client library: what the line client, the command line, bots and scripts talk through.

Rules:
1. It knows only `wire`; nothing of the server's code is imported.
2. What is decided is pure, what is done is thin: `session`, `catchup`, `outbox` and `conversation` take bytes and
   times and return bytes and events without sockets, clock or randomness; `connection` and `chat` add asyncio.
3. Every wait and every queue has a limit, and a program is told when it was reached.

Reading order:

    urls          irc://HOST:PORT/#channel
    events        what a program hears
    errors        what can go wrong, as a tree
    text          what others wrote, made harmless for a terminal
    asks          commands that wait for their answer, by label or by PING
    batches       IRCv3 batches
    channels      who is where, topics and modes
    session       the protocol state of one connection
    catchup       what was missed between two connections, without gap or double
    outbox        what was sent and is not confirmed yet
    conversation  all of it over any number of connections
    receipt       what a program holds while a message is on its way
    connection    one TCP connection, and the back-off between two
    chat          the public class Chat
"""
