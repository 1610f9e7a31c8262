"""Keys that no format knows, a signature and a language of another kernel's."""


def change(nb):
    nb.json["metadata"] |= {
        "signature": "sha256:0",
        "language_info": {"name": "R"},
        "toc": {"base_numbering": 1},
    }
    nb.json["metadata"]["kernelspec"] = {
        "name": "conda-env-dl-py",
        "display_name": "Python [conda env:dl]",
        "language": "python",
    }
    for cell in nb.cells:
        cell["metadata"] |= {
            "jp-MarkdownHeadingCollapsed": True,
            "collapsed": False,
            "slideshow": {"slide_type": "-"},
            "editable": True,
        }
