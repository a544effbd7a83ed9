// The browser of pairs: filters, ten pairs a page, and a link for each pair and each set of filters.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("pair-data").textContent);
  const { pairs, judges, texts, systems, errors, clips } = data;
  const PAGE = 10;
  const SHOWN_CHARACTERS = 900;
  const SHOWN_JUDGES = 12;
  const form = document.getElementById("filters");
  const found = document.getElementById("found");
  const list = document.getElementById("pair-list");
  const pages = document.getElementById("pages");
  const WORDS = { 1: "a1", 2: "a2", "=": "same", "?": "unparsed", "!": "failed" };
  const places = new Map(pairs.id.map((id, place) => [id, place]));
  const people = judges.filter((judge) => judge.kind === "judge");

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  // Names come from outside: they are isolated, so that no writing direction leaves them.
  const isolated = (text) => element("bdi", { textContent: text });

  const code = (judge, place) => judge.codes[judge.verdicts[place]];
  const verdict = (judge, place) => {
    const [normal, swapped] = (code(judge, place) ?? "/").split("/");
    return normal[0] ?? swapped[0];
  };
  const flips = (judge, place) => {
    const [normal, swapped] = (code(judge, place) ?? "/").split("/");
    return [...normal].some((said, round) => swapped[round] !== undefined && swapped[round] !== said);
  };
  const contradicts = (judge, place) => {
    const said = WORDS[verdict(judge, place)];
    return pairs.label[place] !== null && said !== undefined && said !== pairs.label[place];
  };
  const half = (ofJudges, place, holds) => {
    const asked = ofJudges.filter((judge) => judge.verdicts[place] >= 0);
    return asked.length > 0 && 2 * asked.filter((judge) => holds(judge, place)).length >= asked.length;
  };
  const split = (place) => {
    const said = people.map((judge) => verdict(judge, place)).filter((one) => one === "1" || one === "2");
    const first = said.filter((one) => one === "1").length;
    return said.length > 1 && Math.min(first, said.length - first) * 3 >= said.length;
  };

  const shows = {
    all: () => true,
    flips: (place, asked) => asked.some((judge) => flips(judge, place)),
    disagreements: (place, asked, any) => (any ? half(asked, place, contradicts) : contradicts(asked[0], place)),
    split,
    stereotype: (place) => pairs.stereotype[place] === 1,
  };
  const kindOf = (place) => (pairs.error[place] >= 0 ? `error:${errors[pairs.error[place]]}` : `kind:${pairs.kind[place]}`);
  const searched = texts.map((text) => text.toLowerCase());

  const fill = (name, entries) => {
    for (const [value, text] of entries) form.elements[name].append(element("option", { value, textContent: text }));
  };
  fill("judge", judges.map((judge, place) => [String(place), `${judge.name}${judge.strategy ? ` (${judge.strategy})` : ""}`]));
  fill("system", systems.map((system, place) => [String(place), system]));
  fill("kind", [...new Set(pairs.kind)].map((kind) => [`kind:${kind}`, `${kind}s`]));
  fill("kind", errors.map((error) => [`error:${error}`, `error type: ${error.replaceAll("_", " ")}`]));

  let state = { page: 1 };
  let matching = [];
  const chosen = () => Object.fromEntries(new FormData(form));
  const select = () => {
    const { show, judge, kind, system, label, words } = chosen();
    const asked = judge === "" ? people : [judges[judge]];
    const holds = shows[show] ?? shows.all;
    const needle = words.trim().toLowerCase();
    matching = pairs.id.map((_, place) => place).filter((place) => {
      if (kind && kind !== kindOf(place) && kind !== `kind:${pairs.kind[place]}`) return false;
      if (system && pairs.system1[place] !== Number(system) && pairs.system2[place] !== Number(system)) return false;
      if (label && label !== (pairs.label[place] ?? "none")) return false;
      if (judge !== "" && judges[judge].verdicts[place] < 0) return false;
      if (needle && ![searched[pairs.a1[place]], searched[pairs.a2[place]], clips[pairs.clip[place]].name.toLowerCase()].some((text) => text.includes(needle))) return false;
      return holds(place, asked, judge === "");
    });
  };

  const side = (place, which) => {
    const system = pairs[`system${which === "a1" ? 1 : 2}`][place];
    const text = texts[pairs[which][place]];
    const preferred = pairs.label[place] === which;
    const title = element("h4", {}, which, " ");
    if (system >= 0) title.append(element("small", {}, "by ", isolated(systems[system])), " ");
    if (preferred) title.append(element("b", { textContent: pairs.error[place] >= 0 ? "unedited" : "people prefer this" }));
    const words = element("p", { dir: "auto", textContent: text.slice(0, SHOWN_CHARACTERS) });
    const made = element("div", { className: preferred ? "side preferred" : "side" }, title, words);
    if (text.length > SHOWN_CHARACTERS) {
      words.append("…");
      const more = element("button", { type: "button", textContent: `Show all ${text.length.toLocaleString("en")} characters` });
      more.addEventListener("click", () => {
        words.textContent = text;
        more.remove();
      });
      made.append(more);
    }
    return made;
  };

  const player = (clip) => {
    const video = element("video", { controls: true, playsInline: true, preload: "metadata" });
    if (clip.poster) video.poster = clip.poster;
    video.setAttribute("aria-label", `clip ${clip.name}`);
    video.addEventListener("error", () => video.replaceWith(element("p", { textContent: "The clip's file is not where this report was made." })));
    video.src = clip.video;
    return video;
  };
  const media = (clip) => {
    const box = element("div", { className: "media" });
    if (clip.poster) {
      const picture = element("img", { src: clip.poster, alt: `a frame of clip ${clip.name}` });
      if (!clip.video) return element("div", { className: "media" }, picture);
      const play = element("button", { type: "button" }, picture, element("span", { textContent: "▶ play" }));
      play.addEventListener("click", () => {
        const video = player(clip);
        play.replaceWith(video);
        video.focus();
        video.play().catch(() => {});
      });
      box.append(play);
    } else if (clip.video) box.append(player(clip));
    else box.append(element("p", { textContent: "no clip at hand" }));
    return box;
  };

  const line = (judge, place) => {
    const [normal, swapped] = code(judge, place).split("/");
    const label = pairs.label[place];
    const said = [...normal].map((one) => WORDS[one]);
    const other = [...swapped].map((one) => WORDS[one]);
    const once = (all) => [...new Set(all)].join(" then ");
    const first = said[0] ?? other[0];
    const right = label === null ? "" : first === label ? "right" : "wrong";
    const mark = { right: "✓ ", wrong: "✗ ", "": "" }[right];
    const row = element("li", {}, element("span", { className: "who" }, isolated(judge.name), " ", element("small", { textContent: judge.strategy })));
    row.append(element("span", { className: right, textContent: `${mark}${once(said) || "–"}` }));
    if (flips(judge, place)) row.append(element("span", { className: "flip", textContent: `⇄ swapped: ${once(other)}` }));
    const percent = judge.percent?.[place] ?? -1;
    row.append(element("span", { className: "chance", textContent: percent < 0 ? "" : `P(a1) ${percent} %` }));
    return row;
  };
  const lines = (ofJudges, place) => element("ul", { className: "said" }, ...ofJudges.map((judge) => line(judge, place)));
  const folded = (title, ofJudges, place) => {
    const box = element("details", {}, element("summary", { textContent: title }));
    box.addEventListener("toggle", () => box.open && box.children.length < 2 && box.append(lines(ofJudges, place)));
    return box;
  };
  const said = (place) => {
    const asked = judges.filter((judge) => judge.verdicts[place] >= 0);
    if (!asked.length) return element("p", { className: "tally", textContent: "No judge was asked." });
    const baselines = asked.filter((judge) => judge.kind === "baseline");
    const others = asked.filter((judge) => judge.kind !== "baseline");
    const box = element("div", {});
    if (others.length <= SHOWN_JUDGES) box.append(lines(others, place));
    else {
      const counts = {};
      for (const judge of others.filter((one) => one.kind === "judge")) {
        const word = WORDS[verdict(judge, place)];
        counts[word] = (counts[word] ?? 0) + 1;
      }
      const tally = Object.entries(counts).sort((a, b) => b[1] - a[1]).map(([word, count]) => `${word} ${count}`).join(", ");
      const { judge } = chosen();
      const first = [others[0], judges[judge]].filter((one, at, all) => one && one.verdicts[place] >= 0 && all.indexOf(one) === at);
      box.append(element("p", { className: "tally", textContent: `Judges: ${tally}.` }), lines(first, place));
      box.append(folded(`All ${others.length} verdicts`, others, place));
    }
    if (baselines.length) box.append(folded(`${baselines.length} that see no media`, baselines, place));
    return box;
  };

  const card = (place) => {
    const id = pairs.id[place];
    const votes = pairs.votes[place];
    const label = pairs.label[place];
    const facts = [];
    if (pairs.error[place] >= 0) facts.push(`controlled edit: ${errors[pairs.error[place]].replaceAll("_", " ")}`);
    else if (pairs.kind[place] !== "data set") facts.push(pairs.kind[place]);
    else facts.push((label !== null ? `people: ${label}` : votes ? "people do not agree" : "no human label") + (votes ? `, ${votes} vote${votes === 1 ? "" : "s"}` : ""));
    if (pairs.stereotype[place]) facts.push("stereotype slice");
    const clip = clips[pairs.clip[place]];
    const link = element("a", { href: `#pair-${id}`, textContent: "link" });
    link.setAttribute("aria-label", `link to this pair of clip ${clip.name}`);
    const title = element("h3", {}, isolated(clip.name), element("small", { textContent: facts.join(" · ") }), element("small", {}, link));
    const sides = element("div", { className: "sides" }, media(clip), side(place, "a1"), side(place, "a2"));
    return element("article", { className: "pair", id: `pair-${id}` }, title, sides, said(place));
  };

  const count = () => Math.max(1, Math.ceil(matching.length / PAGE));
  const turn = (page) => {
    state = { page };
    remember();
    draw();
    found.scrollIntoView({ block: "start", behavior: "instant" });
  };
  const pager = () => {
    const button = (text, page) => {
      const made = element("button", { type: "button", textContent: text, disabled: page < 1 || page > count() });
      made.addEventListener("click", () => turn(page));
      return made;
    };
    const input = element("input", { type: "number", min: 1, max: count(), value: state.page });
    input.addEventListener("change", () => turn(Math.min(count(), Math.max(1, Math.round(Number(input.value)) || 1))));
    pages.replaceChildren(
      button("← Earlier", state.page - 1),
      element("label", {}, "Page ", input, ` of ${count().toLocaleString("en")}`),
      button("Later →", state.page + 1),
    );
  };
  const draw = () => {
    state.page = Math.min(state.page, count());
    const from = (state.page - 1) * PAGE;
    const shown = matching.slice(from, from + PAGE);
    const total = pairs.id.length.toLocaleString("en");
    const more = data.left_out ? `; ${data.left_out.toLocaleString("en")} more are in the database` : "";
    found.textContent = `${matching.length.toLocaleString("en")} of ${total} pairs${more}${shown.length ? `, ${from + 1} to ${from + shown.length} shown` : ""}.`;
    list.replaceChildren(...shown.map(card));
    pager();
  };

  // #pair-ID is one pair; #pairs?show=flips&judge=NAME&page=3 is a set of filters.
  const remember = () => {
    const wanted = new URLSearchParams();
    for (const [name, value] of Object.entries(chosen())) {
      if (value === "" || value === "all") continue;
      wanted.set(name, name === "judge" ? judges[value].name : name === "system" ? systems[value] : value);
    }
    if (state.page > 1) wanted.set("page", state.page);
    history.replaceState(null, "", wanted.size ? `#pairs?${wanted}` : "#pairs");
  };
  const follow = () => {
    const hash = location.hash;
    if (hash.startsWith("#pair-") && places.has(hash.slice(6))) {
      form.reset();
      select();
      state = { page: 1 + Math.floor(places.get(hash.slice(6)) / PAGE) };
      draw();
      document.getElementById(hash.slice(1)).scrollIntoView({ behavior: "instant" });
      return;
    }
    if (hash.startsWith("#pairs?")) {
      const wanted = new URLSearchParams(hash.slice(7));
      form.reset();
      for (const [name, value] of wanted) {
        const field = form.elements.namedItem(name);
        if (!field) continue;
        const names = { judge: judges.map((judge) => judge.name), system: systems }[name];
        field.value = names ? String(names.indexOf(value)) : value;
        // A name that is not here, or no longer.
        if (field.selectedIndex === -1) field.selectedIndex = 0;
      }
      state = { page: Math.max(1, Number(wanted.get("page")) || 1) };
      select();
      draw();
      document.getElementById("pairs").scrollIntoView({ behavior: "instant" });
    }
  };

  const changed = () => {
    state = { page: 1 };
    select();
    remember();
    draw();
  };
  let waiting;
  form.addEventListener("change", changed);
  form.elements.words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(changed, 200);
  });
  document.getElementById("show-all").addEventListener("click", () => {
    form.reset();
    changed();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  select();
  draw();
  follow();
})();
