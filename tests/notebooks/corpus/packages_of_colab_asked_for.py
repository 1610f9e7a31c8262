"""A notebook that asks whether it is on Colab, by trying to import its package."""


def change(nb):
    nb.first(
        "try:\n    import google.colab\n    IN_COLAB = True\nexcept ImportError:\n    IN_COLAB = False\nif IN_COLAB:\n    raise RuntimeError('there is no drive')\nONE = 1.0"
    )
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
