"""How right the warehouse is about a made district: what it decided beside what is true.

Belongs here: reading the truth beside the build database of the same home, and measures of error. Does not belong
here: anything that the pipeline reads, and deciding anything. Nothing here works on a real district, which has no
truth to compare with.
"""
