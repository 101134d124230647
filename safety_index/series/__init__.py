"""What a series says: dimensions, indicators, weights, goalposts, rules and dates.

Belongs here: the shape of the declaration, the rules that its parts keep, the series themselves. Does not belong here:
applying them (``method``).
"""
