"""The journal of several nodes: one JetStream stream, and a journal in SQLite on each of them."""
