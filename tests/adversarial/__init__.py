"""Hostile, damaged and odd submissions, and the verdict that each must get.

attacks/NNN_name.py   one submission each: how it is judged in the comments at its head, and
                      below them what a student would write, or a function that damages a file
attack                reads them
batch                 grades them all in one run, each followed by an honest neighbour
__main__              prints the table: `python -m tests.adversarial`
"""
