"""Texts that act where they are not shown as text. Each is by the name of what it tries.

A script that runs calls `acts()` of the page's window; whatever is loaded from elsewhere is asked of
`BEACON`. Attributes are written as CommonMark takes them too: no "=" in an unquoted one.
"""

BEACON = "beacon.test"
RUN = "top.acts()"

MARKUP = {
    "script": f"<script>{RUN}</script>",
    "image error": f"<img src=x onerror={RUN}>",
    "svg load": f"<svg onload={RUN}>",
    "svg script": f"<svg><script>{RUN}</script></svg>",
    "svg animation": f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    "details toggle": f"<details open ontoggle={RUN}>",
    "focus": f"<input autofocus onfocus={RUN}>",
    "math link": f'<math href="javascript:{RUN}">x</math>',
    "frame with a document": f"<iframe srcdoc='<script>{RUN}</script>'></iframe>",
    "frame of a script": f"<iframe src='javascript:{RUN}'></iframe>",
    "frame of data": f"<iframe src='data:text/html,<script>{RUN}</script>'></iframe>",
    "object": f"<object data='data:text/html,<script>{RUN}</script>'></object>",
    "template": f"<template><script>{RUN}</script></template>",
    "link": f"<a href='javascript:{RUN}'>click</a>",
    "link in disguise": f"<a href='&#106;ava\tscript:{RUN}'>click</a>",
    "link to data": f"<a href='data:text/html,<script>{RUN}</script>'>click</a>",
    "markdown link": f"[click](javascript:{RUN})",
    "markdown reference": f"[click][r]\n\n[r]: javascript:{RUN}",
    "autolink": f"<javascript:{RUN}>",
    "markdown picture": f"![x](http://{BEACON}/markdown)",
    "end of comment": f"--><img src=x onerror={RUN}><!--",
    "end of character data": f"]]><img src=x onerror={RUN}>",
    "end of code": f"</code></pre><img src=x onerror={RUN}>",
    "end of title": f"</title></style></textarea><img src=x onerror={RUN}>",
    "end of script": f"</script><script>{RUN}</script>",
    "end of fence": f"\n```\n<img src=x onerror={RUN}>\n",
    "end of backticks": f"` <img src=x onerror={RUN}> `",
    "double quotes": f'" autofocus onfocus="{RUN}" x="',
    "single quotes": f"' autofocus onfocus='{RUN}' x='",
    "quotes in a script": f'";{RUN};//',
    "entities": f"&lt;img src=x onerror={RUN}&gt;&#60;script&#62;{RUN}&#60;/script&#62;",
    "mathematics link": rf"$\href{{javascript:{RUN}}}{{click}}$",
    "mathematics markup": rf"$$\unicode{{<img src=x onerror={RUN}>}}$$",
    "mathematics class": r"\(\cssId{notebook}{\class{hidden}{x}}\)",
    "template braces": "{{ 7 * 191 }}{% if true %}{# #}",
    "picture elsewhere": f"<img src='http://{BEACON}/picture'>",
    "style": f"<style>body{{background:url(http://{BEACON}/style)}}</style>",
    "style of one": f"<p style='background:url(http://{BEACON}/css)'>x</p>",
    "style sheet": f"<link rel=stylesheet href=http://{BEACON}/sheet>",
    "base": f"<base href='http://{BEACON}/'>",
    "refresh": f"<meta http-equiv=refresh content='0;url=http://{BEACON}/refresh'>",
    "form": f"<form action='javascript:{RUN}'><button autofocus>x</button></form>",
    "video": f"<video src='http://{BEACON}/video' autoplay></video>",
}

TERMINAL = {
    "style": "[bold red]x[/bold red]",
    "tag that was never opened": "[/nothing]",
    "link": f"[link=http://{BEACON}]x[/link]",
    "emoji": ":warning:",
    "colour": "\x1b[31mred\x1b[0m",
    "colour in one byte": "\x9b31mred",
    "title": "\x1b]0;owned\x07",
    "hyperlink": f"\x1b]8;;http://{BEACON}\x1b\\x\x1b]8;;\x1b\\",
    "clear": "\x1b[2J\x1b[H",
    "overwrite": "0 points\r100 points",
    "backspace": "0\b1",
    "turned": "\u202egnp.ipynb",
    "isolated": "\u2067x\u2069",
    "unseen": "a\u200bb\ufeffc",
}

FORMULAS = {
    "equals": "=1+1",
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(1)",
    "wide equals": "＝1+1",
    "tab": "\t=1+1",
    "carriage return": "\r=1+1",
    "line end": "\n=1+1",
    "space": "  =1+1",
    "no-break space": "\u00a0=1+1",
    "command": "=cmd|' /C calc'!A0",
    "after a semicolon": "Doe;=1+1",
    "after a comma": "Doe,=1+1",
    "after a tab": "Doe\t=1+1",
    "after a line end": "Doe\n=1+1",
}


def is_a_name(payload: str) -> bool:
    """Whether a file can be called so."""
    return "/" not in payload and "\0" not in payload and len(payload.encode()) <= 200
