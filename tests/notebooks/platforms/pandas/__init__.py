"""Stands for any package that a student has and the grader has not."""

import numpy as np


class DataFrame(dict):
    def head(self):
        return self


def mean(values):
    return float(np.mean(values))
