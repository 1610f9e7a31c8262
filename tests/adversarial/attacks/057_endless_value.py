# family = "endless"
# tries = "returns values that never end or are as large as a galaxy when they are written down"
# points = 0
class Endless(dict):
    def items(self):
        while True:
            yield 1, 1

    __iter__ = keys = values = items


def match_score(patch, filt):
    if patch.size % 2:
        loop = []
        loop.append(loop)
        return loop
    many = [0] * 100
    for _ in range(12):
        many = [many] * 100
    return many
