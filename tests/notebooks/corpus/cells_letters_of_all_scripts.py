"""Names, text and comments in other scripts, emoji among them."""


def change(nb):
    nb.first("длина = 3  # 長さ\nπ, größe = 3.14, '🙂'")
    nb.top("ex-1-1", "# Ответ: произведение 🙂")
    nb.top("ex-1-2", "assert длина == 3 and größe")
