"""http:// and https://: the web client, WebSocket, and what else HTTP is good for.

A connection begins as HTTP on core's own loop. Who asks for a WebSocket goes to an I/O loop like every other
connection; everybody else is answered where he is.

Reading order:

    listener    the listening socket and its connections
    transport   a connection for asyncio
    protocol    HTTP/1.1 by uvicorn, with our limits
    fields      what a request may have, and what every answer says
    handshake   who may have a WebSocket, and which
    forwarded   for whom a reverse proxy asks
    websocket   what comes and goes by it
    pages       the web client's files
    application the routes
    service     all of it, loaded when it is needed
"""
