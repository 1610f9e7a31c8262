"""Formats docstrings for the site: a Griffe extension, loaded by mkdocs.yml.

The docstrings of layers, optimizers and `nablab.reference` have equations in plain Unicode, aligned
in columns. Converting them to LaTeX or MathML would mean guessing at their grammar. So they keep
their layout in a monospaced block, with indices lowered and exponents raised: `h_{t-1}` becomes h
with a subscript. This needs no script and no font.
"""

from __future__ import annotations

import html
import inspect
import re
import textwrap

import griffe

SECTION = re.compile(
    r"^(Maths|Shapes|Args|Returns|Example):\n((?:(?: .*)?\n)*(?: .*)?)", re.MULTILINE
)
SOURCE = re.compile(r"^Source:(.*(?:\n(?!\n|\w+:\n).*)*)", re.MULTILINE)
INDEX = re.compile(
    r"(?<![\w.])([^\W\d_][\u0300-\u036f]?|max|min)_(?:\{([^}]+)\}|([^\W_²³ᵀ]+))(?!\w*\()"
)
PARAGRAPH = "\n\n"
EXPONENT = re.compile(r"\^(?:\(([^)]+)\)|(-?[\w½]+))")


class Docstrings(griffe.Extension):
    """Rewrites sections that Griffe's Google parser does not know into Markdown."""

    def on_object(self, *, obj: griffe.Object, **kwargs: object) -> None:
        if obj.docstring:
            obj.docstring.value = as_markdown(inspect.cleandoc(obj.docstring.value))


def as_markdown(text: str) -> str:
    text = SECTION.sub(_section, text)
    return SOURCE.sub(lambda found: f"**Source.** {' '.join(found[1].split())}", text)


def _section(found: re.Match[str]) -> str:
    title, body = found[1], found[2]
    if title == "Example":
        return f"Examples:\n{body}"
    body = textwrap.dedent(body).strip("\n")
    if title == "Args":
        return _arguments(body)
    if title == "Returns":
        return f"**Returns:** {' '.join(body.split())}\n"
    equation, *rest = body.split(PARAGRAPH)
    return f"**{title}**\n\n{_in_columns(equation)}{''.join(map(_paragraph, rest))}\n"


def _paragraph(text: str) -> str:
    """Running text; or an equation, if it has columns or does not end like a sentence."""
    if not text.endswith(".") or re.search(r"   |^ ", text, re.MULTILINE):
        return _in_columns(text)
    return f"<p>{typeset(' '.join(text.split()))}</p>\n\n"


def _in_columns(text: str) -> str:
    return f'<pre class="maths">{typeset(text)}</pre>\n\n'


def _arguments(body: str) -> str:
    """Griffe reads only arguments here, so remarks about them go below."""
    parts = body.split(PARAGRAPH)
    remarks = [part for part in parts if not re.match(r"\**\w+(, \w+)*:", part)]
    named = "\n".join(part for part in parts if part not in remarks)
    return "\n\n".join(["Args:\n" + textwrap.indent(named, "    "), *remarks, ""])


def typeset(text: str) -> str:
    """Equations as HTML on one line of source, because a blank line would end the block."""
    text = html.escape(text, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = INDEX.sub(lambda found: f"{found[1]}<sub>{found[2] or found[3]}</sub>", text)
    text = EXPONENT.sub(lambda found: f"<sup>{found[1] or found[2]}</sup>", text)
    return text.replace("\n", "<br>")
