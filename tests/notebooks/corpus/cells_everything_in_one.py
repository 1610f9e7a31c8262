"""The whole notebook merged into one cell."""


def change(nb):
    everything = "\n\n".join(cell["source"] for cell in nb.code)
    nb.json["cells"] = [nb.new(everything)]
    nb.json["cells"][0]["id"] = "setup-1-0-1"
