"""Who has what, what is it, what is missing, and what contradicts what?

Law: answers are made from merged facts alone, and each names the fact that it stands on.
"""
