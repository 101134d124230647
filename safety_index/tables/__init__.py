"""The tables that the engine reads and makes.

Belongs here: checking a table of values, pooling areas, and the layout of the results. Does not belong here: a formula.
"""
