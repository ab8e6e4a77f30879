"""Figures about a running server for Prometheus, on an address of their own; nothing of them is of a person.

The rest of the program counts what happens (`web/tally`) and knows nothing of Prometheus. Loaded only where a server is
set to be watched.
"""
