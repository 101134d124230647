"""How far scores and ranks hang on choices of the method rather than on the data.

``choices`` are the alternatives, ``scenarios`` tries them one at a time, ``sobol`` all together, ``first_place`` asks
what it takes to alter the first place. Does not belong here: chance in the counts (``uncertainty``).
"""
