"""How sure the scores and ranks are: draws from what the counts leave open, and what they come to.

``streams`` are the random numbers, ``windows`` the quarters that rolling windows share, ``posterior`` draws values,
``simulation`` scores the draws, ``summaries`` and ``rank_sets`` say what is published of them. Does not belong here:
the choice of the method (``sensitivity``) and why a score changed (``explanation``).
"""
