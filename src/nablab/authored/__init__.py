"""A lab as its author wrote it, in `solutions/` and `grader/`. It is never shipped to students.

read      `lab.py` (jupytext percent) as cells of known kinds
stamp     cells -> a notebook with nbgrader's metadata and stable ids
answers   the reference, its mutants and its variants as namespaces to check
"""
