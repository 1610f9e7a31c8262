"""The class report's histogram of scores, as SVG."""

from __future__ import annotations


def histogram_svg(bins: list[tuple[str, int]]) -> str:
    """A histogram of scores. Its text alternative gives every count."""
    wide, high, top, base = 460.0, 150.0, 26.0, 176.0
    most = max(count for _, count in bins) or 1
    step = wide / len(bins)
    body = ""
    for i, (_, count) in enumerate(bins):
        tall = high * count / most
        x = 10 + i * step
        body += (
            f'<rect x="{x + 3:g}" y="{base - tall:.1f}" width="{step - 6:g}" '
            f'height="{tall:.1f}" rx="3" fill="var(--accent)"/>'
        )
        if count:
            body += f'<text x="{x + step / 2:g}" y="{base - tall - 7:.1f}">{count}</text>'
    body += f'<path d="M10 {base + 0.5}H{wide + 10}" stroke="currentColor" stroke-opacity=".4"/>'
    ends = [int(name.split("–")[0]) for name, _ in bins] + [100]
    body += "".join(
        f'<text x="{10 + i * step:g}" y="{base + 20:g}">{end}</text>' for i, end in enumerate(ends)
    )
    said = "; ".join(f"{count} with {name} %" for name, count in bins if count) or "none yet"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="histogram" '
        f'viewBox="0 0 {wide + 28:g} {base + top:g}" aria-label="Histogram of scores: {said}">'
        f"<title>Histogram of scores</title><desc>Submissions by percent of the points: {said}."
        f'</desc><g fill="currentColor" font-size="13" text-anchor="middle">{body}</g></svg>'
    )
