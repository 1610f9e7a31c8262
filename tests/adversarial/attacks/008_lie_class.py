# family = "lies"
# tries = "an object whose __class__ says float, and which is none"
# points = 0
class Fake:
    __class__ = float

    def __getattr__(self, name):
        return lambda *args, **kwargs: 0.0

    def __eq__(self, other):
        return True


def match_score(patch, filt):
    return Fake()
