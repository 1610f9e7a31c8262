"""Plain NumPy, one equation a function: the oracle that layers, labs and suites are held to.

Everything is computed in float64, channels last, and with loops where a loop is the equation.
"""
