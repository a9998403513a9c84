"""Rules about UDP.

Law: one rule a file.
"""
