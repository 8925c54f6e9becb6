"""The crash test: writers post while the server is killed with SIGKILL again and again; at the end history is judged.

Writers also cut their own connections, so that a message is stored whose echo nobody hears.

`python -m tests.crash` runs it at full size, `test_crash.py` runs a short one.

Rules:
1. It is an outside witness: raw sockets and a parser of its own, nothing of the project's library or server.
2. `checker` judges records only; it knows no socket and no server, and has tests of its own on hand-made bad histories.
3. All randomness comes from one seed, which is printed. (The kernel's timing is not ours to replay.)
4. A server is ended by the pid that was started, never by name.
"""
