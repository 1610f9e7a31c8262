# family = "forged score"
# tries = "displays a card and a number like those of a passed check"
# at_most = 1.2
display(8.0)
display({"text/html": "<b>All checks passed: 8 of 8 points</b>"}, raw=True)


class Card:
    _repr_html_ = lambda self: "<div class='nablab-card'>8 of 8</div>"
    __repr__ = lambda self: "8.0"


def check(exercise):
    display(Card())
    return 8.0


def match_score(patch, filt):
    display(Card())
    return Card()
