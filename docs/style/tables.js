// A table that is wider than the page is scrolled: with the keyboard too.
document$.subscribe(() => setTimeout(() => {
  for (const one of document.querySelectorAll(".md-typeset__scrollwrap"))
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0
}, 100))
