// The review page: keys, preloading of the next feature, the paper with highlights, drafts.
"use strict";
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const csrf = $('meta[name="csrf"]')?.content ?? "";
  const review = $(".review");

  function told(message, bad = false) {
    const box = $("#told");
    if (!box) return;
    box.textContent = message;
    box.classList.toggle("bad", bad);
    box.hidden = !message;
    clearTimeout(told.timer);
    if (message) told.timer = setTimeout(() => { box.hidden = true; }, bad ? 12000 : 2500);
  }

  async function post(path, body) {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf": csrf },
      body: JSON.stringify(body),
    });
    const told_ = await answer.json().catch(() => ({ error: `${answer.status}` }));
    if (!answer.ok) {
      const error = new Error([told_.error, told_.hint].filter(Boolean).join(" "));
      error.status = answer.status;
      throw error;
    }
    return told_;
  }

  if (!review) return;
  const run = `/runs/${review.dataset.run}`;
  const part = $("#part");
  const ahead = new Map(); // address -> promise of its part
  const pages = new Map(); // address -> promise of a page of a paper
  let busy = false;
  let last = ""; // the feature that was decided last, for undo
  const main = () => $("#main");
  const feature = () => main().dataset.feature;
  const act = (name) => `${run}/features/${encodeURIComponent(feature())}/${name}`;

  // ---- from one feature to the next ----------------------------------------------------------
  function partOf(address) {
    if (!ahead.has(address)) {
      const promise = fetch(`${address}&part=1`, { headers: { "x-csrf": csrf } }).then((answer) => {
        if (!answer.ok) throw new Error(`${answer.status}`);
        return answer.text();
      });
      promise.catch(() => ahead.delete(address));
      ahead.set(address, promise);
    }
    return ahead.get(address);
  }

  function preload() {
    for (const address of [main().dataset.after, main().dataset.before]) {
      if (!address) continue;
      partOf(address).then((html) => {
        const link = new DOMParser().parseFromString(html, "text/html").querySelector(".place-link");
        if (link?.dataset.page) {
          pageOf(link.dataset.sha, link.dataset.page, link.dataset.start, link.dataset.end)
            .then((page) => { if (page.picture) new Image().src = pictureOf(page); })
            .catch(() => {});
        }
      }).catch(() => {});
    }
  }

  async function go(address, remember = true) {
    if (!address) return;
    saveDraft.flush();
    const html = await partOf(address);
    ahead.delete(address);
    part.innerHTML = html;
    part.scrollTop = 0;
    if (remember) history.pushState({}, "", address);
    arrive();
  }

  function arrive() {
    document.title = document.title.replace(/^\S+/, feature());
    for (const leaf of $$(".leaf[aria-current]")) leaf.removeAttribute("aria-current");
    const leaf = $(`.leaf[data-feature="${CSS.escape(feature())}"]`);
    if (leaf) {
      leaf.setAttribute("aria-current", "true");
      for (let up = leaf.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
    }
    picked.length = 0;
    for (const row of JSON.parse($("#picked")?.dataset.draft || "[]")) picked.push(row);
    showPicked();
    const first = $(".standing .place-link") ?? $(".machine .place-link") ?? $(".passages .place-link");
    if (first) openPlace(first); else showNothing();
    main().focus({ preventScroll: true });
    preload();
  }

  window.addEventListener("popstate", () => go(location.pathname + location.search, false).catch(failed));

  // ---- decisions -------------------------------------------------------------------------------
  function failed(error) { told(error.message, true); }

  async function alone(work) {
    if (busy) return;
    busy = true;
    try { await work(); } catch (error) { failed(error); } finally { busy = false; }
  }

  function machineCited() {
    return $$("#machine-cited .place-link").filter((link) => link.dataset.sha).map(placeOf);
  }

  async function decide(verdict, reason, cited) {
    const now = main();
    await post(act(now.dataset.decide), {
      verdict, reason, cited, seen: now.dataset.seen, finding_hash: now.dataset.hash,
      basis: JSON.parse(now.dataset.basis),
    });
    saveDraft.forget();
    last = feature();
    const leaf = $(`.leaf[data-feature="${CSS.escape(last)}"]`);
    if (leaf) leaf.className = `leaf v-${now.dataset.decide === "opinion" ? "blind" : verdict} decided`;
    live();
    if (now.dataset.after) await go(now.dataset.after);
    else await again();
  }

  async function again() {
    const address = location.pathname + location.search;
    ahead.delete(address);
    await go(address, false);
  }

  const acts = {
    accept: () => alone(async () => {
      const verdict = main().dataset.machine;
      if (!verdict || main().dataset.seen) return;
      await decide(verdict, "", machineCited());
    }),
    submit: () => alone(async () => {
      const chosen = $('input[name="verdict"]:checked');
      if (!chosen) { $('input[name="verdict"]')?.focus(); return; }
      const same = chosen.value === main().dataset.machine && !picked.length;
      await decide(chosen.value, $("#reason").value, same ? machineCited() : picked.map(bare));
    }),
    take: (button) => {
      const choice = $(`input[name="verdict"][value="${button.dataset.verdict}"]`);
      choice.checked = true;
      picked.length = 0;
      for (const link of $$(".place-link", button.closest(".opinion"))) {
        if (link.dataset.sha) picked.push({ ...placeOf(link), quote: $("q", link.closest("li"))?.textContent });
      }
      showPicked();
      saveDraft();
      $("#reason").focus();
    },
    undo: () => alone(async () => {
      const which = main().dataset.seen ? feature() : last;
      if (!which) return;
      await post(`${run}/features/${encodeURIComponent(which)}/withdrawal`, { reason: "" });
      const leaf = $(`.leaf[data-feature="${CSS.escape(which)}"]`);
      leaf?.classList.remove("decided");
      ahead.clear();
      live();
      const there = location.search;
      await go(`${run}/features/${encodeURIComponent(which)}${there || "?"}`);
      told(main().dataset.undone);
    }),
    flag: () => alone(async () => {
      const button = $('[data-act="flag"]');
      const on = button.getAttribute("aria-pressed") !== "true";
      await post(act("flag"), { on });
      button.setAttribute("aria-pressed", String(on));
    }),
    approve: () => alone(async () => {
      await post(act("approval"), { finding_hash: main().dataset.hash });
      live();
      await again();
    }),
    before: () => alone(() => go(main().dataset.before)),
    after: () => alone(() => go(main().dataset.after)),
    list: () => { location.href = review.dataset.list || `${run}/list?${review.dataset.query}`; },
    help: () => help(),
    cite: () => takeSelection(),
    zoom: () => { $(".sheet .page")?.classList.toggle("large"); },
    "page-before": () => turn(-1),
    "page-after": () => turn(1),
    "as-text": () => { asText = !asText; if (shown) openSpan(shown.sha256, shown.page, shown.from, shown.to); },
  };

  function help() {
    const list = $("#help-keys");
    list.replaceChildren();
    for (const node of $$("[data-key], [data-focus]")) {
      const label = node.closest("label") ?? $(`label[for="${node.id}"]`) ?? node;
      const key = document.createElement("dt");
      const what = document.createElement("dd");
      const shownKey = document.createElement("kbd");
      shownKey.textContent = node.dataset.key ?? node.dataset.focus;
      key.append(shownKey);
      what.textContent = label.textContent.replace(shownKey.textContent, "").trim();
      list.append(key, what);
    }
    $("#help").showModal();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".place-link");
    if (link) { openPlace(link); return; }
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
    if (event.target.id === "decision") { event.preventDefault(); acts.submit(); }
    if (event.target.id === "comment") {
      event.preventDefault();
      alone(async () => { await post(act("comment"), { text: $("#remark").value }); await again(); });
    }
    if (event.target.id === "paper-search") { event.preventDefault(); search(); }
  });

  const typing = (node) => node.matches?.("input:not([type=radio]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); acts.submit(); return; }
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); main().focus(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("#help").open) return;
    if (event.key === "/") { event.preventDefault(); $("#word").focus(); return; }
    const focus = $(`[data-focus="${CSS.escape(event.key)}"]`);
    if (focus) { event.preventDefault(); focus.focus(); return; }
    const node = $(`[data-key="${CSS.escape(event.key)}"]`);
    if (!node) return;
    event.preventDefault();
    if (node.type === "radio") { node.checked = true; saveDraft(); $("#reason").focus(); }
    else acts[node.dataset.act]?.(node);
  });

  // ---- drafts ----------------------------------------------------------------------------------
  function saveDraft() {
    clearTimeout(saveDraft.timer);
    saveDraft.where = act("draft");
    saveDraft.timer = setTimeout(saveDraft.flush, 400);
  }
  saveDraft.flush = () => {
    if (!saveDraft.timer) return;
    clearTimeout(saveDraft.timer);
    saveDraft.timer = 0;
    const chosen = $('input[name="verdict"]:checked')?.value ?? "";
    post(saveDraft.where, { verdict: chosen, reason: $("#reason")?.value ?? "", cited: picked.map(bare) }).catch(() => {});
  };
  saveDraft.forget = () => { clearTimeout(saveDraft.timer); saveDraft.timer = 0; };
  document.addEventListener("input", (event) => { if (event.target.closest("#decision")) saveDraft(); });

  // ---- citations that were picked ----------------------------------------------------------------
  const picked = [];
  const bare = ({ sha256, start, end }) => ({ sha256, start, end });
  function showPicked() {
    const list = $("#picked");
    if (!list) return;
    list.replaceChildren(...picked.map((row, place) => {
      const line = document.createElement("li");
      const quote = document.createElement("q");
      const button = document.createElement("button");
      quote.textContent = row.quote ?? `${row.start}–${row.end}`;
      button.type = "button";
      button.textContent = list.dataset.remove;
      button.addEventListener("click", () => { picked.splice(place, 1); showPicked(); saveDraft(); });
      line.append(quote, " ", button);
      return line;
    }));
  }
  function takeSelection() {
    if (!selected || !$("#picked")) return;
    if (!picked.some((row) => row.sha256 === selected.sha256 && row.start === selected.start && row.end === selected.end)) {
      picked.push(selected);
      showPicked();
      saveDraft();
    }
  }

  // ---- the paper ---------------------------------------------------------------------------------
  let shown = null; // the page that is shown
  let selected = null; // the characters that are selected
  let asText = false;
  const SVG = "http://www.w3.org/2000/svg";
  const placeOf = (link) => ({ sha256: link.dataset.sha, start: Number(link.dataset.start), end: Number(link.dataset.end) });
  const pictureOf = (page) => `${run}/papers/${page.sha256}/pages/${page.page}.png?width=1400`;

  function pageOf(sha, page, start, end) {
    const address = page
      ? `${run}/papers/${sha}/pages/${page}?start=${start}&end=${end}`
      : `${run}/papers/${sha}/text?start=${start}&end=${end}`;
    if (!pages.has(address)) {
      if (pages.size > 60) pages.clear();
      const promise = fetch(address, { headers: { "x-csrf": csrf } }).then((answer) => {
        if (!answer.ok) throw new Error(`${answer.status}`);
        return answer.json();
      });
      promise.catch(() => pages.delete(address));
      pages.set(address, promise);
    }
    return pages.get(address);
  }

  function openPlace(link) {
    for (const other of $$(".place-link[aria-current]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    if (link.dataset.sha) openSpan(link.dataset.sha, link.dataset.page, link.dataset.start, link.dataset.end);
    else showNothing();
  }

  let asked = 0;
  async function openSpan(sha, page, start, end) {
    const turnOf = ++asked;
    try {
      const got = await pageOf(sha, page, start, end);
      if (turnOf !== asked) return;
      selected = null;
      shown = { ...got, from: Number(start), to: Number(end) };
      $("#paper-title").textContent = got.title;
      $("#paper-place").textContent = got.page ? `${got.page}/${got.pages}` : "";
      if (got.page && got.picture && !asText) showPicture(); else showText();
    } catch (error) { failed(error); }
  }

  function showNothing() {
    asked += 1;
    shown = null;
    $("#sheet").replaceChildren(document.createTextNode($("#sheet").dataset.empty));
    $("#paper-title").textContent = $("#paper-place").textContent = "";
  }

  function rectangle(box, kind) {
    const [left, top, right, bottom] = box;
    const node = document.createElementNS(SVG, "rect");
    for (const [name, value] of [["x", left], ["y", top], ["width", right - left], ["height", bottom - top]]) node.setAttribute(name, value);
    node.setAttribute("class", kind);
    return node;
  }

  function showPicture() {
    const large = $(".sheet .page")?.classList.contains("large");
    const page = document.createElement("div");
    page.className = `page${large ? " large" : ""}`;
    const picture = document.createElement("img");
    picture.alt = `${shown.title} ${shown.page}/${shown.pages}`;
    picture.width = 1400;
    picture.height = Math.round(1400 * shown.aspect);
    picture.src = pictureOf(shown);
    const layer = document.createElementNS(SVG, "svg");
    layer.setAttribute("viewBox", "0 0 1 1");
    layer.setAttribute("preserveAspectRatio", "none");
    for (const box of shown.boxes) layer.append(rectangle(box, "mark"));
    page.append(picture, layer);
    $("#sheet").replaceChildren(page);
    const first = layer.firstElementChild;
    if (first) first.scrollIntoView({ block: "center", inline: "nearest" });
    else $("#sheet").scrollTop = 0;
    selectOn(layer);
  }

  function boxesOf(from, to) {
    const found = [];
    for (const line of shown.lines) {
      const start = Math.max(from, line.start), end = Math.min(to, line.end);
      if (start >= end) continue;
      const [a, b] = [line.edges[start - line.start], line.edges[end - line.start]].sort((x, y) => x - y);
      const [left, top, right, bottom] = line.box;
      found.push(line.turn === 90 || line.turn === 270 ? [left, a, right, b] : [a, top, b, bottom]);
    }
    return found;
  }

  function characterAt(x, y) {
    let best = null, nearest = Infinity;
    for (const line of shown.lines) {
      const [left, top, right, bottom] = line.box;
      const away = Math.hypot(Math.max(left - x, 0, x - right), 3 * Math.max(top - y, 0, y - bottom));
      if (away >= nearest) continue;
      nearest = away;
      const along = line.turn === 90 || line.turn === 270 ? y : x;
      let at = line.edges.findIndex((edge, i) => i + 1 < line.edges.length && (edge - along) * (line.edges[i + 1] - along) <= 0);
      if (at < 0) at = Math.abs(line.edges[0] - along) < Math.abs(line.edges.at(-1) - along) ? 0 : line.edges.length - 2;
      best = line.start + at;
    }
    return best;
  }

  function selectOn(layer) {
    let from = null;
    const where = (event) => {
      const box = layer.getBoundingClientRect();
      return characterAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    };
    const show = (to) => {
      const [start, end] = from <= to ? [from, to + 1] : [to, from + 1];
      selected = { sha256: shown.sha256, start, end, quote: shown.text.slice(start - shown.start, end - shown.start) };
      for (const old of $$(".picked", layer)) old.remove();
      for (const box of boxesOf(start, end)) layer.append(rectangle(box, "picked"));
    };
    layer.addEventListener("pointerdown", (event) => {
      from = where(event);
      if (from === null) return;
      layer.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    layer.addEventListener("pointermove", (event) => { if (from !== null) show(where(event)); });
    layer.addEventListener("pointerup", (event) => { if (from !== null) { show(where(event)); from = null; } });
  }

  function showText() {
    const text = document.createElement("pre");
    const at = (offset) => Math.min(Math.max(offset - shown.start, 0), shown.text.length);
    const marked = document.createElement("mark");
    marked.textContent = shown.text.slice(at(shown.from), at(shown.to));
    text.append(shown.text.slice(0, at(shown.from)), marked, shown.text.slice(at(shown.to)));
    $("#sheet").replaceChildren(text);
    marked.scrollIntoView({ block: "center" });
  }

  document.addEventListener("selectionchange", () => {
    const text = $(".sheet pre");
    const chosen = document.getSelection();
    if (!text || !shown || !chosen.rangeCount || chosen.isCollapsed || !text.contains(chosen.anchorNode) || !text.contains(chosen.focusNode)) return;
    const range = chosen.getRangeAt(0);
    const before = document.createRange();
    before.selectNodeContents(text);
    before.setEnd(range.startContainer, range.startOffset);
    const start = shown.start + [...before.toString()].join("").length;
    const quote = range.toString();
    selected = { sha256: shown.sha256, start, end: start + quote.length, quote };
  });

  function turn(by) {
    if (!shown?.page) return;
    const page = shown.page + by;
    if (page >= 1 && page <= shown.pages) openSpan(shown.sha256, page, shown.from, shown.to);
  }

  async function search() {
    const word = $("#word").value.trim();
    const list = $("#found");
    list.replaceChildren();
    if (!word) return;
    const answer = await fetch(`${run}/search?word=${encodeURIComponent(word)}`, { headers: { "x-csrf": csrf } });
    const { hits, more } = await answer.json();
    for (const hit of hits) {
      const line = document.createElement("li");
      const link = document.createElement("button");
      const mark = document.createElement("mark");
      mark.textContent = hit.hit;
      link.type = "button";
      link.className = "place-link";
      Object.assign(link.dataset, { sha: hit.sha256, page: hit.page ?? "", start: hit.start, end: hit.end });
      link.append(hit.before, mark, hit.after, ` — ${hit.title}${hit.page ? ` ${hit.page}` : ""}`);
      line.append(link);
      list.append(line);
    }
    if (more) list.append(document.createElement("li")).textContent = "…";
    if (!hits.length) list.append(document.createElement("li")).textContent = "0";
    list.querySelector("button")?.focus();
  }

  // ---- the numbers, after each decision ------------------------------------------------------------
  let asking = false, askAgain = false;
  async function live() {
    if (asking) { askAgain = true; return; }
    asking = true;
    try {
      const box = $("#live");
      const answer = await fetch(box.dataset.url, { headers: { "x-csrf": csrf } });
      const now = await answer.json();
      const share = now.coverage["1"];
      const facts = { ...now, coverage: share === null ? null : `${Math.round(share * 100)} %` };
      box.textContent = box.dataset.words.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "—");
    } catch { /* the next decision asks again */ } finally {
      asking = false;
      if (askAgain) { askAgain = false; live(); }
    }
  }

  arrive();
  live();
})();
