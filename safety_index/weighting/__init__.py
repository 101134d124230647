"""Ways to set weights: by judgement (AHP, budget allocation), from the data (entropy, CRITIC), or all equal.

Belongs here: weights and what tells whether to trust them. Does not belong here: using them; they are written into a
series and stay fixed, so that a score does not move because weights do.
"""
