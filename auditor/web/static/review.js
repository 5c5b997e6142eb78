// The review page: keys, the way from one feature to the next, decisions, drafts, the tree.
"use strict";
(() => {
  const { $, $$, words, told, ask, post, review, paper } = bench;
  if (!review) return;
  const run = `/runs/${review.dataset.run}`;
  const part = $("#part");
  const FOLLOW_EVERY_MS = 15000;
  const LIVE_AFTER_MS = 250;
  const DRAFT_AFTER_MS = 400;
  const main = () => $("#main");
  const feature = () => main().dataset.feature;
  const pathOf = (id, name) => `${run}/features/${encodeURIComponent(id)}/${name}`;
  const act = (name) => pathOf(feature(), name);
  const leafOf = (id) => $(`.leaf[data-feature="${CSS.escape(id)}"]`);
  const ahead = new Map(); // address -> promise of the part that will be shown there
  const done = []; // what was decided here, for undo
  const drafts = new Map(); // feature -> what is being filled in
  let busy = false;
  let known = Number(main().dataset.events); // how many events the tree shows

  // ---- from one feature to the next ----------------------------------------------------------
  // The part of a page, parsed, with the place that it will open.
  function partOf(address) {
    if (!ahead.has(address)) {
      const promise = saving
        .then(() => ask(`${address}${address.includes("?") ? "&" : "?"}part=1`, "text"))
        .then((html) => document.adoptNode(new DOMParser().parseFromString(html, "text/html").body));
      promise.catch(() => ahead.delete(address));
      ahead.set(address, promise);
    }
    return ahead.get(address);
  }

  function preload() {
    for (const address of [main().dataset.after, main().dataset.before]) {
      if (address) partOf(address).then(preloadPaper).catch(() => {});
    }
  }

  async function preloadPaper(body) {
    const link = firstPlace(body);
    if (link?.dataset.sha) await paper.preload(paper.placeIn(link));
  }

  const firstPlace = (within) =>
    $(".standing .place-link", within) ?? $(".machine .place-link", within) ?? $(".passages .place-link", within);

  async function go(address, remember = true) {
    if (!address) { told(words.no_more); return; }
    saveDraft.flush();
    const fetched = ahead.has(address);
    const body = await partOf(address);
    ahead.delete(address);
    told("");
    part.replaceChildren(...body.childNodes);
    part.scrollTop = 0;
    if (remember) history.pushState({}, "", address);
    arrive();
    if (fetched) setTimeout(follow);
  }

  async function again() {
    const address = location.pathname + location.search;
    ahead.delete(address);
    await go(address, false);
  }

  function arrive() {
    document.title = document.title.replace(/^\S+/, feature());
    const back = $('form[action="/lang"] input[name="back"]');
    if (back) back.value = location.pathname + location.search;
    restoreDraft();
    main().focus({ preventScroll: true });
    const first = firstPlace(document);
    if (first) paper.openLink(first); else paper.nothing();
    requestAnimationFrame(() => setTimeout(() => { showInTree(); preload(); })); // once it is painted
  }

  window.addEventListener("popstate", () => go(location.pathname + location.search, false).catch(failed));

  // ---- the tree ----------------------------------------------------------------------------------
  function showInTree() {
    for (const leaf of $$(".leaf[aria-current]")) leaf.removeAttribute("aria-current");
    const leaf = leafOf(feature());
    if (!leaf) return;
    leaf.setAttribute("aria-current", "true");
    for (let up = leaf.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
    leaf.scrollIntoView({ block: "nearest" });
  }

  function mark(id, verdict, decided) {
    const leaf = leafOf(id);
    if (!leaf) return;
    leaf.className = `leaf v-${verdict}${decided ? " decided" : ""}`;
    leaf.title = [id, words[verdict], decided ? words.done_decided : ""].filter(Boolean).join(" ");
    for (let up = leaf.closest("details"); up; up = up.parentElement.closest("details")) {
      const count = $("summary .count", up);
      if (count) count.textContent = `${$$(".leaf.decided", up).length}/${$$(".leaf", up).length}`;
    }
  }

  // What others did meanwhile: the tree follows, what was fetched ahead and is stale goes.
  let following = false;
  async function follow() {
    if (following) return;
    following = true;
    try {
      const since = Math.min(known, Number(main().dataset.events));
      const now = await ask(`${run}/changes?since=${since}`);
      if (now.events > known) live();
      known = Math.max(known, now.events);
      for (const row of now.features) {
        mark(row.id, row.verdict, row.decided);
        forget(row.id);
      }
      if (now.nodes) ahead.clear();
      const own = now.features.find((row) => row.id === feature());
      if (now.nodes || (own && own.seen !== main().dataset.seen)) await outdated(own);
      else main().dataset.events = now.events;
    } catch { /* the next look asks again */ } finally { following = false; }
  }

  function forget(id) {
    for (const address of ahead.keys()) if (address.includes(`/${encodeURIComponent(id)}?`)) ahead.delete(address);
  }

  async function outdated(own) {
    if (busy) return;
    const author = own?.author || words.somebody;
    if ($("#decision")?.contains(document.activeElement)) {
      if (own) told(words.changed_while_typing.replace("{author}", author), true);
      return;
    }
    await again();
    if (own) told(words.changed_by.replace("{author}", author), true);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) follow(); });
  setInterval(() => { if (!document.hidden && !busy) follow(); }, FOLLOW_EVERY_MS);

  // ---- decisions -------------------------------------------------------------------------------
  function failed(error) { told(error.message, true); }

  async function alone(work) {
    if (busy) return;
    busy = true;
    try { await work(); } catch (error) { failed(error); } finally { busy = false; }
  }

  const placeOf = (link) => ({ sha256: link.dataset.sha, start: Number(link.dataset.start), end: Number(link.dataset.end) });
  const quotedIn = (link) => ({ ...placeOf(link), quote: $("q", link.closest("li"))?.textContent });
  const machineCited = () => $$("#machine-cited .place-link").filter((link) => link.dataset.sha);

  async function decide(verdict, reason, cited) {
    const now = main();
    saveDraft.forget();
    await saving;
    let answer;
    try {
      answer = await post(act(now.dataset.decide), {
        verdict, reason, cited, seen: now.dataset.seen, finding_hash: now.dataset.hash,
        basis: JSON.parse(now.dataset.basis),
      });
    } catch (error) {
      if (error.status === 409) await conflict();
      else if (drafts.has(feature())) saveDraft();
      throw error;
    }
    dropDraft(feature());
    if (!answer.proposed) {
      if (now.dataset.decide !== "opinion") done.push(feature());
      mark(feature(), now.dataset.decide === "opinion" ? "blind" : verdict, true);
    }
    live();
    forget(feature());
    if (now.dataset.after) await go(now.dataset.after);
    else await again();
    if (answer.proposed) told(words.proposed_now);
    else if (!now.dataset.after) told(words.no_more);
  }

  // Somebody else was first: show what stands now, keep what was filled in.
  async function conflict() {
    takeDraft();
    await again();
  }

  const acts = {
    accept: () => alone(async () => {
      const verdict = main().dataset.machine;
      if (!verdict || main().dataset.seen || !$('[data-act="accept"]')) return;
      await decide(verdict, $("#reason").value, machineCited().map(placeOf));
    }),
    submit: () => alone(async () => {
      const chosen = $('input[name="verdict"]:checked');
      if (!$("#decision")) return;
      if (!chosen) { told(words.choose_first, true); $('input[name="verdict"]').focus(); return; }
      const same = chosen.value === main().dataset.machine && !picked.length;
      await decide(chosen.value, $("#reason").value, same ? machineCited().map(placeOf) : picked.map(bare));
    }),
    take: (button) => {
      const choice = $(`input[name="verdict"][value="${button.dataset.verdict}"]`);
      choice.checked = true;
      picked.splice(0, picked.length, ...$$(".place-link", button.closest(".opinion")).filter((l) => l.dataset.sha).map(quotedIn));
      showPicked();
      saveDraft();
      $("#reason").focus();
    },
    undo: () => alone(async () => {
      const own = main().dataset.seen && main().dataset.own;
      const which = own ? feature() : done.at(-1);
      if (!which) { told(words.nothing_to_undo); return; }
      await post(pathOf(which, "withdrawal"), { reason: "" });
      const at = done.lastIndexOf(which);
      if (at >= 0) done.splice(at, 1);
      ahead.clear();
      live();
      await go(`${run}/features/${encodeURIComponent(which)}?${review.dataset.query}`, which !== feature());
      mark(which, main().dataset.machine || "failed", false);
      told(words.undone);
    }),
    flag: () => alone(async () => {
      const button = $('[data-act="flag"]');
      const on = button.getAttribute("aria-pressed") !== "true";
      await post(act("flag"), { on });
      button.setAttribute("aria-pressed", String(on));
    }),
    approve: (button) => onProposal(button, "approval", { finding_hash: main().dataset.hash }),
    unpropose: (button) => onProposal(button, "proposal/withdrawal", {}),
    before: () => alone(() => go(main().dataset.before)),
    after: () => alone(() => go(main().dataset.after)),
    list: () => { location.href = review.dataset.list || `${run}/list?${review.dataset.query}`; },
    help: () => $("#help").showModal(),
    cite: () => pick(paper.choice()),
    machine: () => { for (const link of machineCited()) pick(quotedIn(link)); },
    unpick: () => { if (picked.length) { picked.pop(); showPicked(); saveDraft(); } },
    "place-before": () => step(-1),
    "place-after": () => step(1),
    sentence: () => paper.sentence(),
    carry: () => paper.carry(),
    larger: () => paper.resize(1),
    smaller: () => paper.resize(-1),
    "page-before": () => paper.turn(-1),
    "page-after": () => paper.turn(1),
    "as-text": () => paper.swap(),
  };
  const REPEATABLE = new Set(["before", "after", "place-before", "place-after", "page-before", "page-after", "larger", "smaller"]);

  // Say something of a proposal that the page shows; then show what is proposed, or decided, now.
  function onProposal(button, way, more) {
    return alone(async () => {
      try {
        await post(act(way), { proposal: button.dataset.proposal, ...more });
      } catch (error) {
        if (error.status) await again();
        throw error;
      }
      live();
      await again();
    });
  }

  // From one place that is cited, or was found, to the next.
  function step(by) {
    const links = $$(".place-link", main()).filter((link) => link.dataset.sha);
    if (!links.length) return;
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const link = links[(at + by + links.length) % links.length];
    for (let up = link.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
    link.scrollIntoView({ block: "nearest" });
    paper.openLink(link);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".place-link");
    if (link) { paper.openLink(link); return; }
    const leaf = event.target.closest(".leaf, a[data-feature]");
    if (leaf && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      alone(() => go(leaf.getAttribute("href")));
      return;
    }
    const button = event.target.closest("[data-act]");
    if (button && button.type !== "submit") acts[button.dataset.act]?.(button);
  });
  document.addEventListener("submit", (event) => {
    const doing = {
      decision: acts.submit,
      comment: () => alone(async () => { await post(act("comment"), { text: $("#remark").value }); await again(); }),
      assign: () => alone(async () => {
        const answer = await post(act("assignment"), { login: $("#assignee").value });
        told(words.assigned_to.replace("{name}", answer.assigned));
      }),
      "paper-search": () => paper.search(),
    }[event.target.id];
    if (doing) { event.preventDefault(); doing(); }
  });

  // ---- keys --------------------------------------------------------------------------------------
  const typing = (node) => node.matches?.("input:not([type=radio]), textarea, select, [contenteditable]");
  const keyOf = (event) => {
    if (event.key === "Process" && event.code.startsWith("Key")) return event.code.slice(3).toLowerCase();
    if (event.key === "=") return "+";
    return event.key.length === 1 ? event.key.toLowerCase() : event.key;
  };

  function escape(event) {
    if (event.target.id === "word" || $("#found").contains(event.target)) paper.closeSearch();
    told("");
    event.target.blur?.();
    main().focus({ preventScroll: true });
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 && event.key !== "Process" || $("#help").open) return;
    if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); if (!event.repeat) acts.submit(); return; }
    if (event.key === "Escape") { escape(event); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.shiftKey && event.key.startsWith("Arrow")) { arrow(event); return; }
    const key = keyOf(event);
    const field = $(`[data-focus="${CSS.escape(key)}"]`);
    if (field) { event.preventDefault(); field.focus(); return; }
    const node = $(`[data-key="${CSS.escape(key)}"]`);
    if (!node || node.disabled) return;
    event.preventDefault();
    if (event.repeat && !REPEATABLE.has(node.dataset.act)) return;
    if (node.type === "radio") choose(node);
    else acts[node.dataset.act]?.(node);
  });

  function arrow(event) {
    event.preventDefault();
    const { key } = event;
    if (key === "ArrowLeft" || key === "ArrowRight") paper.stretch(key === "ArrowLeft" ? -1 : 1);
    else paper.scroll(key === "ArrowUp" ? -1 : 1);
  }

  function choose(radio) {
    radio.checked = true;
    saveDraft();
    $("#reason").focus();
  }

  // ---- drafts ----------------------------------------------------------------------------------
  let saving = Promise.resolve(); // the drafts that are on their way
  function takeDraft() {
    if (!$("#decision")) return null;
    const draft = {
      verdict: $('input[name="verdict"]:checked')?.value ?? "",
      reason: $("#reason").value,
      cited: picked.map((row) => ({ ...row })),
    };
    drafts.set(feature(), draft);
    sessionStorage.setItem(keptAs(feature()), JSON.stringify(draft)); // for a reload that comes first
    return draft;
  }
  const keptAs = (id) => `draft ${$(".who")?.title} ${run} ${id}`;
  function dropDraft(id) {
    drafts.delete(id);
    sessionStorage.removeItem(keptAs(id));
  }
  function saveDraft() {
    clearTimeout(saveDraft.timer);
    takeDraft();
    saveDraft.whose = feature();
    saveDraft.timer = setTimeout(saveDraft.flush, DRAFT_AFTER_MS);
  }
  saveDraft.timer = 0;
  saveDraft.flush = () => {
    if (!saveDraft.timer) return;
    saveDraft.forget();
    const { whose } = saveDraft, draft = drafts.get(whose);
    const body = { ...draft, cited: draft.cited.map(bare) };
    forget(whose);
    saving = saving
      .then(() => post(pathOf(whose, "draft"), body, true))
      .then(() => sessionStorage.removeItem(keptAs(whose)))
      .catch(() => {});
  };
  saveDraft.forget = () => { clearTimeout(saveDraft.timer); saveDraft.timer = 0; };
  document.addEventListener("input", (event) => { if (event.target.closest("#decision")) saveDraft(); });
  window.addEventListener("pagehide", () => {
    if (!saveDraft.timer) return;
    saveDraft.forget();
    const draft = drafts.get(saveDraft.whose); // at once: a page that goes waits for nothing
    post(pathOf(saveDraft.whose, "draft"), { ...draft, cited: draft.cited.map(bare) }, true).catch(() => {});
  });

  // What was filled in before: here, else what the server has kept.
  function restoreDraft() {
    const unsaved = sessionStorage.getItem(keptAs(feature()));
    const here = drafts.get(feature()) ?? (unsaved && JSON.parse(unsaved));
    const list = $("#picked");
    picked.splice(0, picked.length, ...(here?.cited ?? JSON.parse(list?.dataset.draft || "[]")));
    if (here && list) {
      for (const radio of $$('input[name="verdict"]')) radio.checked = radio.value === here.verdict;
      $("#reason").value = here.reason;
    }
    showPicked();
    if (unsaved && list) saveDraft();
  }

  // ---- citations that were picked ----------------------------------------------------------------
  const picked = [];
  const bare = ({ sha256, start, end }) => ({ sha256, start, end });
  function pick(row) {
    if (!$("#picked")) return;
    if (!row) { told(words.select_first, true); return; }
    if (!picked.some((p) => p.sha256 === row.sha256 && p.start === row.start && p.end === row.end)) picked.push(row);
    showPicked();
    saveDraft();
  }
  function showPicked() {
    const list = $("#picked");
    if (!list) return;
    list.replaceChildren(...picked.map((row, place) => {
      const line = document.createElement("li");
      const quote = document.createElement("q");
      const button = document.createElement("button");
      quote.textContent = quote.title = row.quote ?? `${row.start}–${row.end}`;
      button.type = "button";
      button.textContent = words.remove;
      button.addEventListener("click", () => { picked.splice(place, 1); showPicked(); saveDraft(); });
      line.append(quote, " ", button);
      return line;
    }));
  }

  // ---- the numbers, after each decision ------------------------------------------------------------
  function live() {
    clearTimeout(live.timer);
    live.timer = setTimeout(showLive, LIVE_AFTER_MS);
  }
  async function showLive() {
    const box = $("#live");
    try {
      const now = await ask(box.dataset.url);
      const share = now.coverage["1"];
      const facts = { ...now, coverage: share === null ? null : `${Math.round(share * 100)} %` };
      box.textContent = box.dataset.words.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "—");
    } catch { /* the next decision asks again */ }
  }

  arrive();
  showLive();
})();
