"""Rules about services of Kubernetes.

Law: one rule a file.
"""
