"""Google Drive mounted and a file chosen, as notebooks of Colab begin."""

HERE = ("google",)


def change(nb):
    nb.first(
        "from google.colab import drive, files\ndrive.mount('/content/drive')\nuploaded = files.upload()\nfor name in uploaded.keys():\n    print(name, len(uploaded[name]))\nimport math"
    )
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n    return math.fsum(np.ravel(np.multiply(patch, filt, dtype=float))) / np.size(patch)"
    )
