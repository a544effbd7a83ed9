// Draws the charts one after another, so that the page answers in between.
(() => {
  "use strict";
  const charts = JSON.parse(document.getElementById("chart-data").textContent);
  const views = new Map();
  const chosen = new Map();
  const tip = document.createElement("dl");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);

  // Vega's own tooltip writes HTML; this one writes text.
  const tooltip = (_, event, __, value) => {
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    tip.replaceChildren();
    for (const [name, shown] of Object.entries(typeof value === "object" ? value : { "": value })) {
      const [term, what] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      what.textContent = shown;
      tip.append(term, what);
    }
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8))}px`;
    tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - box.height - 8))}px`;
  };
  addEventListener("scroll", () => (tip.hidden = true), { passive: true });

  const fitted = (chart) => {
    const labels = Math.max(70, Math.min(190, innerWidth * 0.27));
    const config = { ...chart.config, aria: false };
    config.axis = { ...config.axis, labelLimit: labels };
    if (innerWidth < 560) config.legend = { ...config.legend, columns: 1, labelLimit: innerWidth - 90 };
    return { ...chart, config };
  };
  const options = { ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip, mode: "vega-lite", logLevel: 1 };
  const draw = async (place) => {
    const name = place.dataset.chart;
    try {
      const { view } = await window.vegaEmbed(place, fitted(charts[name]), options);
      // The element around it says what is drawn; its parts have no names of their own.
      place.querySelector("svg").setAttribute("aria-hidden", "true");
      views.set(name, view);
      if (chosen.has(name)) choose(chosen.get(name));
    } catch (error) {
      place.textContent = `This chart could not be drawn (${error.message}). Its numbers are in the table.`;
      place.classList.add("failed");
    }
  };
  const choose = ({ figure, parameter, value }) => {
    chosen.set(figure, { figure, parameter, value });
    views.get(figure)?.signal(parameter, value).resize().runAsync();
  };
  document.addEventListener("choice", (event) => choose(event.detail));

  const drawAll = async () => {
    // Room for each from the start: what was scrolled to stays where it is.
    for (const place of document.querySelectorAll("[data-chart]")) {
      place.style.minHeight = `${charts[place.dataset.chart].height + 70}px`;
    }
    for (const place of document.querySelectorAll("[data-chart]")) {
      await draw(place);
      await new Promise((resolve) => setTimeout(resolve));
    }
    document.documentElement.dataset.drawn = views.size;
  };
  drawAll();
})();
