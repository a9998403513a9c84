"""Is a stored capture still explained as reviewed?

Law: what is expected is written by people from the ground truth, never taken from an output; nothing here knows how
an explanation comes about, only what the JSON contract says of it.
"""
