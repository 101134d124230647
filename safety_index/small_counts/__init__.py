"""Rates and shares of few events: what they are worth, and how far they are pulled towards others.

``priors`` learns from all areas how much areas differ, ``shrinkage`` pulls each towards its like, ``intervals`` states
the uncertainty of a single count without a prior. Does not belong here: scores, or draws (``uncertainty``).
"""
