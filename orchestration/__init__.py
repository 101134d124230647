"""Wiring: the Dagster definitions and the command line ``pingan``.

Belongs here: which part runs when, on what, under which lock, and how its outcome is shown. Does not belong here:
any rule about data; an asset's body only calls the part that knows. Dagster is imported nowhere else.
"""
