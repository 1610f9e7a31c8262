"""Kaggle's secrets, and its folder of inputs listed."""

HERE = ("kaggle_secrets",)


def change(nb):
    nb.first(
        "from kaggle_secrets import UserSecretsClient\nkey = UserSecretsClient().get_secret('key')\nimport os\nfor folder, _, names in os.walk('/kaggle/input'):\n    print(folder, names)\nimport math"
    )
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n    return math.fsum(np.ravel(np.multiply(patch, filt, dtype=float))) / np.size(patch)"
    )
