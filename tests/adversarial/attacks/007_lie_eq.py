# family = "lies"
# tries = "a number that says yes to every comparison"
# at_most = 1.2
class Yes(float):
    def __eq__(self, other):
        return True

    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __ne__ = lambda self, other: False
    __hash__ = float.__hash__
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0


def match_score(patch, filt):
    return Yes(5)
