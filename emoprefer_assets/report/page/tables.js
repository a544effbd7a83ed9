// Tables that sort, figures that show one choice at a time, colours, and what print needs.
(() => {
  "use strict";
  const page = document.documentElement;
  const theme = document.getElementById("theme");
  const remembered = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("emoprefer-theme") || "";
      localStorage.setItem("emoprefer-theme", value);
    } catch {
      // A file opened from disk may have no storage.
    }
    return "";
  };
  const colour = (value) => (value ? (page.dataset.theme = value) : delete page.dataset.theme);
  theme.value = ["light", "dark"].includes(remembered()) ? remembered() : "";
  colour(theme.value);
  theme.addEventListener("change", () => {
    colour(theme.value);
    remembered(theme.value);
  });

  const amount = (cell) => {
    const found = cell.textContent.replaceAll("−", "-").replaceAll(",", "").match(/^\s*[-+]?\d+(\.\d+)?/);
    return found ? Number(found[0]) : null;
  };
  const compared = (a, b) => {
    const [x, y] = [amount(a), amount(b)];
    if (x !== null && y !== null) return x - y;
    if (x === null && y === null) return a.textContent.localeCompare(b.textContent);
    return x === null ? 1 : -1;
  };
  for (const table of document.querySelectorAll("main .scroll > table")) {
    const [head, body] = [table.tHead.rows[0], table.tBodies[0]];
    if (body.rows.length < 3) continue;
    [...head.cells].forEach((heading, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const down = heading.getAttribute("aria-sort") === "ascending";
        for (const other of head.cells) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((a, b) => compared(a.cells[place], b.cells[place]));
        body.append(...(down ? rows.reverse() : rows));
      });
    });
  }

  for (const list of document.querySelectorAll("select[data-figure]")) {
    const show = () => {
      const figure = document.getElementById(list.dataset.figure);
      for (const row of figure.querySelectorAll("tr[data-choice]")) row.hidden = row.dataset.choice !== list.value;
      document.dispatchEvent(new CustomEvent("choice", { detail: { ...list.dataset, value: list.value } }));
    };
    list.addEventListener("change", show);
    show();
  }

  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const link = links.get(entry.target.id);
        if (entry.isIntersecting) link?.setAttribute("aria-current", "true");
        else link?.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-30% 0px -65% 0px" },
  );
  for (const section of document.querySelectorAll("main > section")) seen.observe(section);

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("main details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
})();
