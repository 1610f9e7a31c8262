"""Notebooks as students bring them, to prove the rule: the grader runs what "Run All" runs.

Each file in `corpus/` changes a solved lab in one way; its docstring says how. `check()` in a real
kernel and the jail must agree on the visible checks of every exercise.
"""
