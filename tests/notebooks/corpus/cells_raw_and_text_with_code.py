"""Raw cells and Markdown with code in them, which nobody runs."""


def change(nb):
    nb.before("check-1-1", "match_score = None", kind="raw")
    nb.before(
        "check-1-2", "```python\ndef correlate_valid(img, filt): return None\n```", kind="markdown"
    )
