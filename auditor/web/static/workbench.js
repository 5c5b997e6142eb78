// What all pages share: asking the server, telling what went wrong in words.
"use strict";
const bench = (() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const csrf = $('meta[name="csrf"]')?.content ?? "";
  const review = $(".review");
  const words = JSON.parse(review?.dataset.words || "{}");

  // Tell something; what is bad stays until Escape, or until something else is told.
  function told(message, bad = false) {
    const box = $("#told");
    if (!box) return;
    box.textContent = message;
    box.classList.toggle("bad", bad);
    box.hidden = !message;
    clearTimeout(told.timer);
    if (message && !bad) told.timer = setTimeout(() => { box.hidden = true; }, 2500);
  }

  async function fetched(path, options) {
    let answer;
    try {
      answer = await fetch(path, options);
    } catch {
      throw new Error(words.no_answer ?? "no answer");
    }
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({}));
    const plain = (words.server_error ?? "{status}").replace("{status}", answer.status);
    const error = new Error([said.error ?? plain, said.hint].filter(Boolean).join(" "));
    error.status = answer.status;
    error.now = said.now;
    throw error;
  }

  // Read something; `kind` is json or text.
  async function ask(path, kind = "json") {
    const answer = await fetched(path, { headers: { "x-csrf": csrf } });
    return answer[kind]();
  }

  // Send something; `last` for what must go out although the page is left.
  async function post(path, body, last = false) {
    const answer = await fetched(path, {
      method: "POST",
      keepalive: last,
      headers: { "content-type": "application/json", "x-csrf": csrf },
      body: JSON.stringify(body),
    });
    return answer.json();
  }

  return { $, $$, csrf, review, words, told, ask, post };
})();
