"""The client library: what the terminal client, the command line, bots and scripts talk through.

Rules:
1. It knows only `wire`; nothing of the server's code is imported.
2. What is decided is pure, what is done is thin: everything up to `conversation` takes bytes and times and returns
   bytes and events without sockets, clock or randomness; `connection` and `running` add asyncio.
3. Every wait and every queue has a limit, and a program is told when it was reached.

Reading order:

    urls          irc://HOST:PORT/#channel, ircs://..., unix:///PATH
    events        what a program hears
    errors        what can go wrong, as a tree
    text          what others wrote, made harmless for a terminal
    support       what the server does, by ISUPPORT
    people        people, channels, and who has which rank where
    view          what one connection knows of the network
    hearing       lines to events
    answers       which lines answer which command, and which say no
    asks          commands that wait for their answer, by label or by PING
    batches       lines that belong together
    capabilities  what we use of what a server offers
    protection    who can read along, and how we know who is at the other end
    sasl          the ways to log in
    authentication
                  one login, as talk
    strict_transport
                  what a server asks of us that wants TLS only
    registration  becoming known to a server
    multiline     messages of several lines
    session       the protocol state of one connection
    catchup       what was missed between two connections in a channel, without gap or double
    missed        the same for all channels at once
    presence      which channels we want to be in
    outbox        what was sent and is not confirmed yet
    standing      what is told again to the next connection
    conversation  all of it over any number of connections
    receipt       what a program holds while a message is on its way
    connection    one connection by TCP, TLS or a Unix socket, and the back-off between two
    fingerprints  certificates as people compare them
    known_servers what is known of servers from earlier
    dialing       from an address to a connection that may be used
    running       the task, the events, commands and their answers
    results       answers as values
    file_host     where files go, and what is said there by HTTP
    uploading     one file on its way
    saying, past_calls, channel_calls, people_calls, account_calls, file_calls
                  the methods of a Chat
    subscription  what a program must not miss, whatever happens to it
    chat          the public class Chat
"""
