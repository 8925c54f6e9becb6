"""The version of IPC Chat: the only place where it is written.

pyproject.toml, `ipc-chat version` and the replies 002 and 351 all read it from here.
"""

VERSION = "0.1.0"
