"""Sizes: what fits through a tunnel and what does not.

Law: one rule a file.
"""
