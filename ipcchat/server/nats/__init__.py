"""A NATS server of our own: where its program is, its keys and configuration, its process, and what its word is worth.

Nothing else of the server imports this package before a cluster is wanted, and nothing in it imports nats-py.
"""
