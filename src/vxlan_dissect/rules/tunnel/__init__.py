"""Tunnels: who encapsulates for whom.

Law: one rule a file.
"""
