"""Routing: next hops and hop limits.

Law: one rule a file.
"""
