"""How fast the house is: whole runs and their stages beside the same work written by hand, as ratios in one run.

Belongs here: measuring. Does not belong here: tests; no figure here is a pass or a fail.
"""
