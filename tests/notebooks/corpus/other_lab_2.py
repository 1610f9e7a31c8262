"""Another lab, with a helper between a solution and its check and a plot."""

LAB = "2"


def change(nb):
    nb.before(
        "check-2-1",
        "import matplotlib.pyplot as plt\nfig, axes = plt.subplots(2, 3)\nassert axes.shape == (2, 3)\nhelper = 1",
    )
    nb.top("ex-2-2", "assert helper == 1")
