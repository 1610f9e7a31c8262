// Table headings become buttons that sort the table, by a cell's data-value if it has one.
const words = new Intl.Collator("en", {numeric: true});
const value = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();

function sort(table, head, column) {
  const down = head.getAttribute("aria-sort") === "ascending";
  const turn = down ? -1 : 1;
  for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const number = head.classList.contains("num");
  const keyed = [...table.tBodies[0].rows].map(row => {
    const key = value(row, column);
    return [number ? parseFloat(key) : key, row];
  });
  keyed.sort(([a], [b]) => {
    if (!number) return turn * words.compare(a, b);
    if (isNaN(a) || isNaN(b)) return isNaN(a) - isNaN(b);  // cells without a number stay at the end
    return turn * (a - b);
  });
  table.tBodies[0].append(...keyed.map(([, row]) => row));
}

for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, head, column));
  });
}
