"use strict";
// Keeps votes in this browser: the same as people/voting.py, for the page that is opened from disk.
const data = JSON.parse(document.getElementById("data").textContent);

const keeper = (() => {
  const { plan, study } = data;
  const PREFIX = `emoprefer/${study.name}/`;
  const WHO = `${PREFIX}who`;
  const TYPICAL_OF = 20;
  const TYPICAL_FROM = 3;
  // As the data set's votes.csv.
  const COLUMNS = ["pair", "annotator", "vote", "study", "left", "seconds", "replays", "confidence", "reason", "time", "attempt"];

  const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const keyOf = (who, item, attempt) => `${PREFIX}${who}/answer/${item}/${attempt}`;
  const who = () => localStorage.getItem(WHO);
  const other = (side) => (side === "a1" ? "a2" : "a1");

  // One entry an answer: two windows never write over each other.
  function answers() {
    const start = `${PREFIX}${who()}/answer/`;
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(start))
      .map((key) => JSON.parse(localStorage.getItem(key)))
      .sort((one, two) => one.number - two.number);
  }

  function consents() {
    return JSON.parse(localStorage.getItem(`${PREFIX}${who()}/consents`) ?? "[]");
  }

  function rightAnswers(live, tests) {
    const given = tests.map(([id]) => live.filter((answer) => answer.item === id));
    const rounds = given.length ? Math.min(...given.map((those) => those.length)) : 0;
    return Array.from({ length: rounds }, (_, round) =>
      given.filter((those) => those[round].choice === those[round].correct).length);
  }

  function standing() {
    const { tests, pairs } = plan.people[who()];
    const all = answers();
    const live = all.filter((answer) => !answer.withdrawn);
    const answered = (id) => live.filter((answer) => answer.item === id).length;
    const rounds = rightAnswers(live, tests);
    let showings = pairs;
    let left = pairs.filter(([id]) => !answered(id));
    let stage = left.length ? "pairs" : "done";
    if (study.consent && !consents().some((one) => one.text === study.consent)) {
      [stage, showings, left] = ["consent", [], []];
    } else if (tests.length && Math.max(-1, ...rounds) < plan.needed) {
      [stage, showings] = ["qualification", tests];
      left = tests.filter(([id]) => answered(id) <= rounds.length);
      if (rounds.length >= plan.tries) [stage, left] = ["refused", []];
    }
    const testing = stage === "qualification";
    const isOpen = stage === "pairs" || stage === "done" || (testing && left.length < showings.length);
    const newest = live.at(-1);
    const last = newest && isOpen && (newest.kind === "qualification") === testing ? newest : null;
    return { all, live, rounds, showings, left, stage, last };
  }

  function state(note = "") {
    if (!Object.hasOwn(plan.people, who() ?? "")) return { stage: "enter" };
    const { all, live, rounds, showings, left, stage, last } = standing();
    const taken = live.slice(-TYPICAL_OF).map((answer) => answer.seconds).sort((one, two) => one - two);
    const middle = (taken[(taken.length - 1) >> 1] + taken[taken.length >> 1]) / 2;
    return {
      annotator: who(),
      stage,
      item: left.length ? onShow(left[0], all) : null,
      done: showings.length - left.length,
      total: showings.length,
      seconds: taken.length >= TYPICAL_FROM ? middle * left.length : null,
      last: last && { item: last.item, attempt: last.attempt },
      qualification: { items: plan.people[who()].tests.length, tries: plan.tries, needed: plan.needed, right: rounds },
      note,
    };
  }

  const attemptsOf = (all, id) => all.filter((answer) => answer.item === id).length;

  function onShow([id, left], all) {
    const item = plan.items[id];
    return {
      item: id,
      attempt: attemptsOf(all, id) + 1,
      clip: plan.clips[item.clip],
      first: item[left],
      second: item[other(left)],
    };
  }

  function choiceOf(given, left) {
    return { first: left, second: other(left) }[given.choice] ?? given.choice;
  }

  function answer(given) {
    const key = keyOf(who(), given.item, given.attempt);
    const before = JSON.parse(localStorage.getItem(key));
    if (before) return state(before.choice === choiceOf(given, before.left) ? "saved" : "other");
    const { all, left } = standing();
    if (!left.length || left[0][0] !== given.item || attemptsOf(all, given.item) + 1 !== given.attempt) {
      return state("elsewhere");
    }
    const [id, side] = left[0];
    const { kind, key: name, correct } = plan.items[id];
    const kept = {
      number: (all.at(-1)?.number ?? 0) + 1,
      annotator: who(),
      item: id,
      attempt: given.attempt,
      kind,
      key: name,
      correct,
      choice: choiceOf(given, side),
      left: side,
      seconds: Math.round(given.seconds * 100) / 100,
      replays: given.replays,
      confidence: study.confidence ? given.confidence : null,
      reason: study.reason || given.choice === "skip" ? given.reason.trim() : "",
      at: now(),
      withdrawn: null,
    };
    localStorage.setItem(key, JSON.stringify(kept));
    return state("saved");
  }

  function undo(named) {
    const { last } = standing();
    if (last && last.item === named.item && last.attempt === named.attempt) {
      localStorage.setItem(keyOf(who(), last.item, last.attempt), JSON.stringify({ ...last, withdrawn: now() }));
    }
    return state("undone");
  }

  // As display.in_spreadsheet has it: spreadsheets run a cell that begins so.
  const cell = (value) => {
    const text = `${value ?? ""}`
      .replace(/(?! )[\p{C}\p{Z}]/gu, "?")
      .replace(/(^|[;,|])(\s*)([=+\-@＝＋－＠])/g, "$1'$2$3");
    return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };

  function votesFile() {
    const rows = answers()
      .filter((one) => !one.withdrawn && one.choice !== "skip" && (one.kind === "pair" || one.kind === "repeat"))
      .map((one) => [
        one.key, `${study.name}-${one.annotator}`, one.choice, study.name, one.left, one.seconds, one.replays,
        one.confidence, one.reason, one.at, one.kind === "pair" ? 1 : 2,
      ].map((value, place) => (COLUMNS[place] === "reason" ? cell(value) : quoted(value))));
    return [COLUMNS, ...rows].map((row) => `${row.join(",")}\n`).join("");
  }

  const quoted = (value) => (/[",\r\n]/.test(value ?? "") ? `"${value.replaceAll('"', '""')}"` : `${value ?? ""}`);

  function record() {
    const kept = answers().map(({ number, ...answer }) => answer);
    return `${JSON.stringify({ study: study.name, annotator: who(), consents: consents(), answers: kept }, null, 1)}\n`;
  }

  function works() {
    try {
      localStorage.setItem(`${PREFIX}works`, "yes");
      localStorage.removeItem(`${PREFIX}works`);
      return true;
    } catch {
      return false;
    }
  }

  return {
    problem: works() ? null : "noStorage",
    set onTrouble(call) {},
    state: async () => state(),
    enter: async (code) => {
      const annotator = code.trim().toLowerCase();
      if (!Object.hasOwn(plan.people, annotator)) throw Object.assign(new Error("unknown"), { unknown: true });
      localStorage.setItem(WHO, annotator);
      return state();
    },
    consent: async () => {
      localStorage.setItem(`${PREFIX}${who()}/consents`, JSON.stringify([...consents(), { text: study.consent, at: now() }]));
      return state();
    },
    answer: async (given) => answer(given),
    undo: async (named) => undo(named),
    downloads: {
      votes: () => [`votes-${study.name}-${who()}.csv`, "text/csv", votesFile()],
      record: () => [`record-${study.name}-${who()}.json`, "application/json", record()],
    },
  };
})();
