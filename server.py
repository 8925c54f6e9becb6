"""Starts the chat server: `python server.py --help` lists the options. The same as `ipc-chat serve`.

On a fresh clone the first run makes `.venv` by itself.
"""

import sys

import bootstrap

if __name__ == "__main__":
    bootstrap.enter(__file__, sys.argv[1:])
    from ipcchat.cli.main import server_main

    sys.exit(server_main(sys.argv[1:]))
