"""For those who set a series or change it: goalposts fitted on base periods, and one series against another.

Belongs here: proposals and comparisons for people to read. Does not belong here: scoring; nothing here changes a
series.
"""
