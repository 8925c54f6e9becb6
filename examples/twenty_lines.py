"""Chat with a socket and a thread: twenty_lines.py HOST PORT, for `server.py --listen plain://127.0.0.1:2323`."""

import socket
import sys
import threading


def show(sock: socket.socket) -> None:
    """Print what comes."""
    for line in sock.makefile(encoding="utf-8", errors="replace"):
        print(line, end="", flush=True)


with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as sock:
    reader = threading.Thread(target=show, args=[sock])
    reader.start()
    for typed in sys.stdin:
        sock.sendall(typed.encode())
    sock.shutdown(socket.SHUT_WR)
    reader.join()
