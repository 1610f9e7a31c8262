"""Keras's own tests, read from the installed Keras, with nablab's classes under Keras's names.

`python -m tests.conformance.keras_own` prints how many pass, file by file.
"""
