"use strict";
const rows = [...document.querySelectorAll("[data-group]")];
const folded = rows.filter((row) => row.hasAttribute("data-fold"));
folded.forEach((row) => { row.open = false; });
addEventListener("beforeprint", () => rows.forEach((row) => { row.open = true; }));
addEventListener("afterprint", () => folded.forEach((row) => { row.open = false; }));
for (const form of document.querySelectorAll("[data-filter]")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const wanted = form.querySelector("[type=search]").value.toLowerCase();
    const shown = new Set([...form.querySelectorAll("[type=checkbox]:checked")].map((box) => box.name));
    for (const row of rows) {
      row.hidden = !shown.has(row.dataset.group) || !row.textContent.toLowerCase().includes(wanted);
    }
  });
}
