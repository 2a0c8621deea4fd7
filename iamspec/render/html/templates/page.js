"use strict";
const FEW = 3; // rows that stay open
const rows = [...document.querySelectorAll("[data-row]")];
const folded = [...document.querySelectorAll("details[data-fold]")];
if (rows.length > FEW || !document.querySelector("[data-graph]")) folded.forEach((row) => { row.open = false; });
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((row) => { row.open = true; }));
addEventListener("afterprint", () => folded.forEach((row) => { row.open = false; }));

for (const form of document.querySelectorAll("[data-filter]")) {
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const apply = () => {
    const wanted = form.querySelector("[type=search]").value.trim().toLowerCase();
    const facets = [...form.querySelectorAll("[data-facet]")].map((one) => [
      one.dataset.facet, new Set([...one.querySelectorAll(":checked")].map((box) => box.value)),
    ]);
    let shown = 0;
    rows.forEach((row, index) => {
      const fits = texts[index].includes(wanted) && facets.every(([name, values]) => values.has(row.dataset[name]));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    form.querySelector("[data-count]").textContent = `${shown} of ${rows.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  apply();
}

/* Who gets what: the tables drawn as three columns with lines between them. */
const MOST = 60; // nodes of a column that stand on their own; more are folded
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
const curve = (x1, y1, x2, y2) => `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
const stateOf = (cell) => ({ INS: "new", DEL: "gone" })[cell.tagName] || "";

function readTables(tables) {
  const columns = [new Map(), new Map(), new Map()];
  const edges = [];
  const node = (column, name, state, fold) => {
    const known = columns[column].get(name);
    if (!known) columns[column].set(name, { id: `${column} ${name}`, name, column, state: state || "", fold: fold || "" });
    else if (fold) Object.assign(known, { fold, state: state || "" });
    return `${column} ${name}`;
  };
  for (const table of tables.querySelectorAll("table")) {
    const isGroup = table.dataset.holders === "group";
    for (const row of table.tBodies[0].rows) {
      const head = row.cells[0].firstElementChild;
      const name = isGroup ? head.textContent.replace(/^group\//, "") : head.textContent;
      const from = node(isGroup ? 1 : 0, name, stateOf(head), row.dataset.fold);
      [...row.cells].slice(1).forEach((cell, index) => {
        const column = isGroup || index === 1 ? 2 : 1;
        for (const one of cell.children) {
          edges.push({ from, to: node(column, one.textContent, "", ""), state: stateOf(one) });
        }
      });
    }
  }
  const changing = new Set(edges.filter((one) => one.state).flatMap((one) => [one.from, one.to]));
  const rank = (one) => (one.state || changing.has(one.id) ? 0 : 1);
  const sorted = (nodes) => [...nodes.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  return { columns: columns.map(sorted), edges };
}

function drawGraph(graph, tables) {
  const { columns, edges } = readTables(tables);
  const titles = ["Users and roles", "Groups", "Policies"];
  const open = new Set();
  const searched = ["", "", ""];
  const lines = graph.querySelector("svg");
  const lists = titles.map((title, column) => {
    const list = element("ul", { className: "nodes" });
    const search = element("input", { type: "search", placeholder: title, ariaLabel: `Search: ${title}` });
    search.addEventListener("input", () => { searched[column] = search.value.trim().toLowerCase(); layOut(); });
    graph.append(element("div", { className: "column" },
      element("h3", { textContent: `${title} (${columns[column].length})` }), search, list));
    return list;
  });
  graph.append(lines);
  let places = new Map(); // where each node is: the element of the node, or of the fold that holds it
  let drawn = [];
  let chosen = "";

  const buttonFor = (one) => {
    const made = element("button", { type: "button", textContent: one.name, title: one.name, className: one.state });
    made.dataset.node = one.id;
    return made;
  };
  const foldKey = (one) => one.fold || one.name.replace(/^[^/]*\//, "").slice(0, 1).toUpperCase();
  function layOut() {
    places = new Map();
    columns.forEach((nodes, column) => {
      const found = nodes.filter((one) => one.name.toLowerCase().includes(searched[column]));
      const folds = found.length > MOST ? Map.groupBy(found, foldKey) : new Map();
      const items = [];
      if (folds.size) {
        for (const [name, members] of [...folds].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
          if (members.length === 1) {
            const made = buttonFor(members[0]);
            places.set(members[0].id, made);
            items.push(element("li", {}, made));
            continue;
          }
          const key = `${column} ${name}`;
          const states = new Set(members.map((one) => one.state).filter(Boolean));
          const fold = element("button", { type: "button", className: `fold ${states.size === 1 ? [...states][0] : ""}`,
            textContent: `${open.has(key) ? "▾" : "▸"} ${name} (${members.length})`, ariaExpanded: String(open.has(key)) });
          fold.addEventListener("click", () => { open.has(key) ? open.delete(key) : open.add(key); layOut(); });
          items.push(element("li", {}, fold));
          for (const one of members) {
            if (!open.has(key)) { places.set(one.id, fold); continue; }
            const made = buttonFor(one);
            places.set(one.id, made);
            items.push(element("li", {}, made));
          }
        }
      } else {
        for (const one of found) {
          const made = buttonFor(one);
          places.set(one.id, made);
          items.push(element("li", {}, made));
        }
      }
      lists[column].replaceChildren(...items);
    });
    drawLines();
  }
  function drawLines() {
    const box = graph.getBoundingClientRect();
    lines.setAttribute("width", box.width);
    lines.setAttribute("height", box.height);
    const seen = new Map();
    for (const one of edges) {
      const [a, b] = [places.get(one.from), places.get(one.to)];
      if (!a || !b) continue;
      const key = `${place(a)} ${place(b)}`;
      const known = seen.get(key);
      if (known) { known.state = known.state === one.state ? one.state : "mixed"; known.ends.push([one.from, one.to]); }
      else seen.set(key, { a, b, state: one.state, ends: [[one.from, one.to]] });
    }
    const middle = lists[1].getBoundingClientRect();
    let lane = 0;
    drawn = [...seen.values()].map((one) => {
      const [from, to] = [one.a.getBoundingClientRect(), one.b.getBoundingClientRect()];
      const [x1, y1] = [from.right - box.left, (from.top + from.bottom) / 2 - box.top];
      const [x2, y2] = [to.left - box.left, (to.top + to.bottom) / 2 - box.top];
      const path = document.createElementNS(lines.namespaceURI, "path");
      if (one.ends[0][0].startsWith("0 ") && one.ends[0][1].startsWith("2 ")) { // past the groups, below them
        const [left, right, y] = [middle.left - box.left, middle.right - box.left, middle.bottom - box.top + 8 + 5 * (lane % 9)];
        lane += 1;
        path.setAttribute("d", `${curve(x1, y1, left, y)}L${right} ${y}${curve(right, y, x2, y2).replace("M", "L")}`);
      } else {
        path.setAttribute("d", curve(x1, y1, x2, y2));
      }
      path.setAttribute("class", one.state);
      return { ...one, path };
    });
    lines.replaceChildren(...drawn.map((one) => one.path));
    light(chosen);
  }
  const numbers = new Map();
  const place = (one) => { if (!numbers.has(one)) numbers.set(one, numbers.size); return numbers.get(one); };

  function light(id) {
    graph.classList.toggle("lit", Boolean(id));
    const near = reached(id);
    for (const [node, made] of places) if (!made.classList.contains("fold")) made.classList.toggle("on", near.has(node));
    for (const one of drawn) one.path.classList.toggle("on", one.ends.some(([a, b]) => near.has(a) && near.has(b)));
  }
  /* Everything to the right of a node by its lines, and everything to the left of it. */
  function reached(id) {
    const near = new Set(id ? [id] : []);
    for (const [here, there] of [["from", "to"], ["to", "from"]]) {
      let edge = new Set(near.size ? [id] : []);
      while (edge.size) {
        const next = new Set();
        for (const one of edges) if (edge.has(one[here]) && !next.has(one[there])) next.add(one[there]);
        next.forEach((one) => near.add(one));
        edge = next;
      }
    }
    return near;
  }
  graph.addEventListener("pointerover", (event) => light(event.target.dataset.node || chosen));
  graph.addEventListener("pointerleave", () => light(chosen));
  graph.addEventListener("focusin", (event) => light(event.target.dataset.node || chosen));
  graph.addEventListener("click", (event) => {
    const id = event.target.dataset.node;
    if (id) { chosen = chosen === id ? "" : id; light(chosen); }
  });
  addEventListener("resize", drawLines);
  lists.forEach((list) => list.addEventListener("scroll", drawLines));
  return layOut;
}

for (const graph of document.querySelectorAll("[data-graph]")) {
  const tables = document.querySelector("[data-tables]");
  graph.hidden = false;
  tables.classList.add("drawn");
  const layOut = drawGraph(graph, tables);
  const tabs = document.querySelector("[data-tabs]");
  const choose = (name) => {
    document.querySelectorAll("[data-panel]").forEach((one) => { one.hidden = one.dataset.panel !== name; });
    tabs.querySelectorAll("[data-tab]").forEach((one) => one.setAttribute("aria-selected", String(one.dataset.tab === name)));
    if (name === "who") layOut();
  };
  tabs.hidden = false;
  tabs.addEventListener("click", (event) => { if (event.target.dataset.tab) choose(event.target.dataset.tab); });
  addEventListener("beforeprint", () => document.querySelectorAll("[data-panel]").forEach((one) => { one.hidden = false; }));
  choose(location.hash === "#who" ? "who" : "changes");
}
