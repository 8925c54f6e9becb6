"""The language on the wire: bytes to messages and back, and the tables both sides of a connection share.

Rules:
1. Pure: no input, no output, no clock, no randomness; it imports nothing else of this project.
2. Server and client use the same code, so what one formats the other parses.
3. Bad input raises WireError and nothing else, and the text says what to do.
4. `format_message` is the only way from values to a line: what it returns parses back to the same values.

    framing       bytes in any pieces -> lines
    message       a line <-> Message
    casemap       which names are the same name
    masks         nick!user@host patterns
    modes         mode strings
    isupport      005 tokens
    numerics      the table of replies
    capabilities  the table of IRCv3 capabilities
    splitting     a long text -> texts that fit a line
    times         server-time's timestamps
    hostnames     which host names a server may show

Errors: ValueError > WireError (message.py).
"""
