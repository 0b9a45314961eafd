"use strict";
const table = document.getElementById("students"), body = table.tBodies[0];
const value = (row, at) => { const text = row.cells[at].textContent.trim(), number = Number(text); return text === "" ? -Infinity : Number.isNaN(number) ? text.toLowerCase() : number; };
table.querySelectorAll("thead th").forEach((head, at) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th[aria-sort]").forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = (a, b) => { const x = value(a, at), y = value(b, at); return typeof x === typeof y ? (x < y ? -1 : x > y ? 1 : 0) : typeof x === "number" ? -1 : 1; };
    body.append(...[...body.rows].sort((a, b) => down ? order(b, a) : order(a, b)));
  });
});
const search = document.getElementById("search");
search.closest("label").hidden = false;
search.addEventListener("input", () => {
  const wanted = search.value.toLowerCase();
  for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
});
