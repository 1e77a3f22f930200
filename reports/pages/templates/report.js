// Makes tables sortable: a click on a head sorts by its column, figures by their size, largest first.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  for (const head of table.tHead.rows[table.tHead.rows.length - 1].cells) {
    if (head.hasAttribute("data-fixed")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const column = head.cellIndex;
      const figures = [...body.rows].every((row) => row.cells[column].hasAttribute("data-n"));
      const before = head.getAttribute("aria-sort");
      const down = before ? before === "ascending" : figures;
      const rank = (row) => (figures ? Number(row.cells[column].dataset.n) : row.cells[column].textContent);
      const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1);
      body.append(...[...body.rows].sort((a, b) => order(rank(a), rank(b))));
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
    });
  }
}
