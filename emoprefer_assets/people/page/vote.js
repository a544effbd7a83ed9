"use strict";
// Shows what `keeper` says is next, and hands it what the annotator says.
(() => {
  const { study } = data;
  const at = (id) => document.getElementById(id);
  const clip = at("clip");
  const LANGUAGE = "emoprefer/language";
  // A start within so many seconds of the beginning is one from the beginning.
  const BEGINNING = 0.2;

  let language = study.language;
  let state = null;
  let hasRead = false;
  let busy = false;
  let choice = null;
  let starts = 0;
  let seen = 0;
  let since = null;

  // Words

  const say = (name, values = {}) =>
    data.words[language][name].replace(/\{(\w+)\}/g, (whole, value) => values[value] ?? whole);

  function rememberedLanguage() {
    try {
      const found = localStorage.getItem(LANGUAGE);
      return found in data.words ? found : null;
    } catch {
      return null;
    }
  }

  function setLanguage(chosen) {
    language = chosen;
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    for (const element of document.querySelectorAll("[data-words]")) element.textContent = say(element.dataset.words);
    at("language").textContent = say("otherLanguage");
    at("language").lang = language === "zh" ? "en" : "zh-Hans";
    at("enter-about").textContent = say(data.byToken ? "enterByToken" : "enterById");
    at("code-label").textContent = say(data.byToken ? "token" : "code");
    clip.setAttribute("aria-label", say("clip"));
    sayPlay();
    if (state) describe();
  }

  // Texts of the study are in its language, whatever the page's is.
  function fillIn(element, text) {
    element.lang = study.language === "zh" ? "zh-Hans" : "en";
    element.replaceChildren(...text.trim().split(/\n\s*\n/).map((part) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = part;
      return paragraph;
    }));
  }

  const tell = (text) => (at("status").textContent = text);

  // Views

  function view(name) {
    for (const section of document.querySelectorAll("main > section[id^=view-]")) {
      section.hidden = section.id !== `view-${name}`;
    }
    at("open-instructions").hidden = name !== "item";
    at("progress").hidden = name !== "item";
    at("take-away").hidden = !keeper.downloads || !["item", "end"].includes(name);
    if (name !== "item") clip.pause();
  }

  function show(next, isNew = true) {
    if (next.stage === "enter") {
      askForCode();
      return;
    }
    state = next;
    tell(state.note && say(state.note));
    const rounds = state.qualification.right.length;
    const isAsked = state.stage === "qualification" || state.stage === "pairs";
    // At the start, and after each qualification that was not passed.
    const starting = isAsked && state.done === 0 && (state.stage === "qualification" || !state.qualification.items);
    if (starting && hasRead !== rounds) view("instructions");
    else if (isAsked) view("item");
    else view(state.stage === "consent" ? "consent" : "end");
    if (isAsked && isNew) present(state.item);
    describe();
    if (isNew) focusOn(document.querySelector("main > section[id^=view-]:not([hidden]) h2"));
  }

  // What depends on state and language.
  function describe() {
    const { stage, done, total, qualification } = state;
    const values = {
      ...qualification, n: done + 1, total, done, right: qualification.right.at(-1) ?? 0,
    };
    at("item-title").textContent = say(stage === "qualification" ? "qualificationTitle" : "pairTitle", values);
    const isRefused = stage === "refused";
    at("end-title").textContent = say(isRefused ? "refusedTitle" : "doneTitle");
    at("end-text").textContent = say(isRefused ? "refusedText" : "doneText", values);
    at("where").textContent = say("where", values);
    at("left").textContent = state.seconds === null
      ? "" : `· ${say("minutesLeft", { minutes: Math.max(1, Math.round(state.seconds / 60)) })}`;
    at("bar").max = total || 1;
    at("bar").value = done;
    at("undo").disabled = !state.last;
    let notice = "";
    if (stage === "qualification" && done === 0) notice = qualification.right.length ? "failed" : "qualificationAbout";
    if (stage === "pairs" && done === 0 && qualification.right.length) notice = "passed";
    at("notice").textContent = notice && say(notice, values);
    at("notice").hidden = !notice;
    at("kept").textContent = say("kept");
  }

  function focusOn(heading) {
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  function present(item) {
    at("first").textContent = item.first;
    at("second").textContent = item.second;
    at("clip-fails").hidden = true;
    at("speed").value = "1";
    // Set anew, a clip that did not play is tried again.
    if (clip.getAttribute("src") !== item.clip || clip.error) clip.src = item.clip;
    else clip.currentTime = 0;
    clip.pause();
    clip.defaultPlaybackRate = clip.playbackRate = 1;
    choose(null);
    at("reason").value = "";
    for (const radio of document.querySelectorAll("[name=confidence]")) radio.checked = false;
    [starts, seen, since] = [0, 0, document.hidden ? null : performance.now()];
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden && since !== null) seen += performance.now() - since;
    since = document.hidden ? null : performance.now();
  });

  // The clip

  const togglePlay = () => (clip.paused ? clip.play().catch(() => {}) : clip.pause());
  const sayPlay = () => (at("play").textContent = say(clip.paused ? "play" : "pause"));

  function replay() {
    clip.currentTime = 0;
    if (clip.paused) clip.play().catch(() => {});
    else starts += 1;
  }

  function slower() {
    at("speed").selectedIndex = (at("speed").selectedIndex + 1) % at("speed").length;
    setSpeed();
  }

  const setSpeed = () => (clip.playbackRate = Number(at("speed").value));

  clip.addEventListener("play", () => {
    if (clip.currentTime < BEGINNING) starts += 1;
    sayPlay();
  });
  clip.addEventListener("pause", sayPlay);
  clip.addEventListener("error", () => (at("clip-fails").hidden = false));
  at("play").addEventListener("click", togglePlay);
  at("replay").addEventListener("click", replay);
  at("speed").addEventListener("change", setSpeed);

  // Votes

  const asksMore = study.confidence || study.reason;

  function choose(chosen) {
    choice = chosen;
    for (const button of document.querySelectorAll("[data-choice]")) {
      button.setAttribute("aria-pressed", `${button.dataset.choice === chosen}`);
    }
    at("save").disabled = !chosen;
    if (chosen && !asksMore) save();
  }

  function save(reason = at("reason").value) {
    if (!choice) return;
    const confidence = document.querySelector("[name=confidence]:checked")?.value;
    const shown = seen + (since === null ? 0 : performance.now() - since);
    send("answer", {
      item: state.item.item,
      attempt: state.item.attempt,
      choice,
      seconds: shown / 1000,
      replays: Math.max(0, starts - 1),
      confidence: confidence ? Number(confidence) : null,
      reason,
    });
  }

  function skip(reason) {
    choice = "skip";
    save(reason);
  }

  const undo = () => state?.last && send("undo", state.last);

  async function send(verb, body) {
    if (busy) return;
    busy = true;
    document.body.classList.add("busy");
    tell(say("saving"));
    try {
      show(await keeper[verb](body));
    } catch (error) {
      if (error.unknown) askForCode();
      else tell(say("trouble", { what: error.message }));
    } finally {
      busy = false;
      document.body.classList.remove("busy");
    }
  }

  for (const button of document.querySelectorAll("[data-choice]")) {
    button.addEventListener("click", () => busy || choose(button.dataset.choice));
  }
  at("save").addEventListener("click", () => save());
  at("undo").addEventListener("click", undo);
  at("agree").addEventListener("click", () => send("consent"));
  at("begin").addEventListener("click", () => {
    hasRead = state.qualification.right.length;
    const isBack = at("view-item").dataset.open;
    delete at("view-item").dataset.open;
    show({ ...state, note: "" }, !isBack);
    if (isBack) focusOn(at("item-title"));
  });
  at("open-instructions").addEventListener("click", () => {
    // What was shown stays as it is.
    at("view-item").dataset.open = "yes";
    view("instructions");
    focusOn(document.querySelector("#view-instructions h2"));
  });
  at("language").addEventListener("click", () => {
    setLanguage(language === "zh" ? "en" : "zh");
    try {
      localStorage.setItem(LANGUAGE, language);
    } catch {
      // It is asked for again the next time.
    }
  });

  // Skipping

  const dialog = at("skipping");
  at("skip").addEventListener("click", () => {
    at("skip-form").reset();
    dialog.showModal();
  });
  at("skip-cancel").addEventListener("click", () => dialog.close());
  at("skip-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const why = new FormData(at("skip-form")).get("why");
    const more = at("why-text").value.trim();
    dialog.close();
    skip(more ? `${why}: ${more}` : why);
  });

  // Keys

  const KEYS = {
    1: () => choose("first"), 2: () => choose("second"), 0: () => choose("same"),
    " ": togglePlay, r: replay, s: slower, u: undo, enter: () => save(),
  };

  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || at("view-item").hidden || dialog.open) return;
    const key = event.key.toLowerCase();
    if (target.matches("input:not([type=radio])") && key !== "enter") return;
    // The player has buttons of its own.
    if (target.matches("button, select, video, [type=radio]") && (key === " " || key === "enter")) return;
    if (busy || !Object.hasOwn(KEYS, key)) return;
    event.preventDefault();
    KEYS[key]();
  });

  // Coming in

  function askForCode() {
    state = null;
    view("enter");
    at("code").focus();
  }

  async function enter(code) {
    try {
      show(await keeper.enter(code));
    } catch (error) {
      askForCode();
      tell(say(error.unknown ? "unknown" : "trouble", { what: error.message }));
    }
  }

  at("enter-form").addEventListener("submit", (event) => {
    event.preventDefault();
    enter(at("code").value);
  });

  function download([name, type, content]) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  at("download-votes").addEventListener("click", () => download(keeper.downloads.votes()));
  at("download-record").addEventListener("click", () => download(keeper.downloads.record()));

  async function start() {
    fillIn(at("instructions-text"), study.instructions);
    fillIn(at("consent-text"), study.consent);
    at("title").textContent = study.title;
    at("title").lang = study.language === "zh" ? "zh-Hans" : "en";
    at("confidence").hidden = !study.confidence;
    at("reason-field").hidden = !study.reason;
    at("more").hidden = !asksMore;
    at("open-instructions").hidden = true;
    setLanguage(rememberedLanguage() ?? study.language);
    keeper.onTrouble = () => tell(say("notSaved"));
    if (keeper.problem) {
      tell(say(keeper.problem));
      return;
    }
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token) {
      // Nobody reads it from the address over a shoulder, or from the history.
      history.replaceState(null, "", location.pathname);
      await enter(token);
      return;
    }
    try {
      show(await keeper.state());
    } catch (error) {
      tell(say("trouble", { what: error.message }));
    }
  }

  start().finally(() => (document.documentElement.dataset.ready = "yes"));
})();
