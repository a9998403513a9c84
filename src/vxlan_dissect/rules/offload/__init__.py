"""What network cards do in the kernel's place: segmentation and checksums.

Law: one rule a file.
"""
