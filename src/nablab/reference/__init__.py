"""Plain NumPy, one function per equation: the oracle for layers, labs and suites.

Everything is computed in float64 with channels last, and with a loop wherever a loop is closest to
the equation.
"""
