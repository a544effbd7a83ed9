"use strict";
// Keeps votes on the server. `file.js` offers the same for the page that is opened from disk.
const data = JSON.parse(document.getElementById("data").textContent);

const keeper = (() => {
  // Called with whether the server can be reached, while something is being sent.
  let onTrouble = () => {};

  async function ask(path, body) {
    const request = body === undefined
      ? {}
      : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
      try {
        const response = await fetch(path, request);
        // What is not understood will not be understood the next time either.
        if (response.status < 500) return await answerOf(response);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      // Sent again, a vote is kept once.
      onTrouble();
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async function answerOf(response) {
    if (response.ok) return response.json();
    const said = await response.text();
    let what = `${response.status}`;
    try {
      what = JSON.parse(said).error;
    } catch {
      // Plain text from before the program: its number says enough.
    }
    throw Object.assign(new Error(what), { unknown: response.status === 401 });
  }

  return {
    problem: null,
    set onTrouble(call) {
      onTrouble = call;
    },
    state: () => ask("state"),
    enter: (code) => ask("enter", { code }),
    consent: () => ask("consent", {}),
    answer: (given) => ask("answer", given),
    undo: (named) => ask("undo", named),
    downloads: null,
  };
})();
