"""All predictions made, one with a note of the student's."""


def change(nb):
    for cell in nb.code:
        if cell["id"].startswith("predict-"):
            cell["source"] = cell["source"].replace('""', '"b"') + "  # a guess"
