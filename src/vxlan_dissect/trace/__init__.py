"""Which way did each packet take through several captures of one time, how long did each step take, and what was lost?

Law: a packet is known by what no hop changes; where that leaves a choice, the choice is said and not made.
"""
