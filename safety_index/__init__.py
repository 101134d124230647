"""The index method: pure functions from indicator values to scores, ranks and changes.

Belongs here: the declaration of a series, scoring, weighting, ranking, explaining a change. Does not belong here:
where the values come from, who may see the results, and anything about one district. This package imports nothing
else of ours, so that anyone can score any table of indicators with it.
"""
