"""Which facts are one, which belong together, and what follows from them?

Law: nothing is dropped: every line that says a fact is kept with it, and what follows says from what.
"""
