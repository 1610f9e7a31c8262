# family = "pickle"
# tries = "returns objects whose __reduce__ would run a command where they are unpickled"
# points = 0
import os


class Bomb:
    def __reduce__(self):
        return os.system, ("touch @CANARY@",)

    __reduce_ex__ = lambda self, protocol: self.__reduce__()
    __getstate__ = __setstate__ = __getnewargs__ = lambda self, *args: self.__reduce__()


def match_score(patch, filt):
    return Bomb()
