"""The nemesis: several nodes and their NATS servers are killed, paused and cut from each other while people write.

`python -m tests.nemesis` runs it at full size, `test_nemesis.py` runs a short one and shows that planted faults of the
server are found.

Rules:
1. Every node and every NATS server is a process in a network namespace of its own; the clients are in another one, from
   which they reach all nodes whatever is cut between those (tests/nats_network.py). Where namespaces are not permitted
   all are on loopback, and are only killed and paused.
2. Witnesses and judge are those of the crash test (tests/crash): writers that go to another node and say again what was
   not echoed, with the same keys, and one reader for each node.
3. Two things happen at once: kills, each with a new start some time later, and one other fault at a time.
4. All choices come from one seed, which is printed. (Timing is not ours to replay.)
5. At the end all is healed: within HEALED_SECONDS_MAX all journals are the same, and each node gives the same history.
"""
