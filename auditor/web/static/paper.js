// The pane with the paper: pictures of pages with highlights, plain text, selection, search.
//
// Offsets are those of the server: code points of a document's text. A browser counts UTF-16
// units, where a rare character takes two; `Text` translates in both directions.
"use strict";
(() => {
  const { $, $$, csrf, words, told, ask, review } = bench;
  if (!review) return;
  const run = `/runs/${review.dataset.run}`;
  const sheet = $("#sheet");
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 1400;
  const ENDS = "。！？；!?;\n";
  const MOST_PICTURES = 16;
  const MOST_PAGES = 80;

  class Text {
    constructor(text, start) {
      this.text = text;
      this.start = start;
      this.units = null; // where each code point begins, null where all take one unit
      if (/[\ud800-\udfff]/.test(text)) {
        this.units = [0];
        for (const character of text) this.units.push(this.units.at(-1) + character.length);
      }
      this.length = this.units ? this.units.length - 1 : text.length;
      this.end = start + this.length;
    }
    // The unit within the text at which the code point `offset` of the document begins.
    unitOf(offset) {
      const point = Math.min(Math.max(offset - this.start, 0), this.length);
      return this.units ? this.units[point] : point;
    }
    // The code point of the document that begins at a unit of the text, or holds it.
    offsetOf(unit) {
      if (!this.units) return this.start + unit;
      let low = 0, high = this.length;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (this.units[middle] <= unit) low = middle; else high = middle - 1;
      }
      return this.start + low;
    }
    slice(from, to) { return this.text.slice(this.unitOf(from), this.unitOf(to)); }
    at(offset) { return this.slice(offset, offset + 1); }
  }

  let shown = null; // the page, or the stretch of text, that is shown
  let selected = null; // the characters that are selected: sha256, start, end, quote
  let held = null; // what is selected on the pages before: sha256, start, its text to their end
  let asText = false;
  let zoom = 0;
  let asked = 0;
  const pages = new Map(); // address -> promise of a page
  const pictures = new Map(); // address -> picture

  // ---- fetching --------------------------------------------------------------------------------
  function keep(map, key, value, most) {
    map.delete(key);
    map.set(key, value);
    while (map.size > most) map.delete(map.keys().next().value);
    return value;
  }

  function pageOf({ sha, page, start, end }) {
    const address = page
      ? `${run}/papers/${sha}/pages/${page}?start=${start}&end=${end}`
      : `${run}/papers/${sha}/text?start=${start}&end=${end}`;
    if (pages.has(address)) return keep(pages, address, pages.get(address), MOST_PAGES);
    const promise = ask(address);
    promise.catch(() => pages.delete(address));
    return keep(pages, address, promise, MOST_PAGES);
  }

  const pictureAddress = (page) => `${run}/papers/${page.sha256}/pages/${page.page}.png?width=${WIDTH}`;

  function pictureOf(page) {
    const address = pictureAddress(page);
    if (pictures.has(address)) return keep(pictures, address, pictures.get(address), MOST_PICTURES);
    const picture = new Image();
    picture.decoding = "sync";
    picture.draggable = false;
    picture.width = WIDTH;
    picture.height = Math.round(WIDTH * page.aspect);
    picture.alt = `${page.title} ${page.page}/${page.pages}`;
    picture.src = address;
    picture.addEventListener("error", () => pictures.delete(address));
    return keep(pictures, address, picture, MOST_PICTURES);
  }

  // Get what a place needs before it is asked for.
  async function preload(place) {
    const page = await pageOf(place);
    if (page.picture) await pictureOf(page).decode().catch(() => {});
  }

  // ---- showing ---------------------------------------------------------------------------------
  const placeIn = ({ dataset }) => ({ sha: dataset.sha, page: dataset.page, start: dataset.start, end: dataset.end });

  function openLink(link) {
    for (const other of $$(".place-link[aria-current]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    if (link.dataset.sha) return open(placeIn(link));
    return nothing();
  }

  async function open(place) {
    const turn = ++asked;
    const wanted = { ...place, start: Number(place.start), end: Number(place.end) };
    sheet.setAttribute("aria-busy", "true");
    try {
      const got = await pageOf(place);
      if (turn !== asked) return;
      select(null);
      shown = { ...got, from: wanted.start, to: wanted.end, body: new Text(got.text, got.start) };
      $("#paper-title").textContent = got.title;
      $("#paper-place").textContent = got.page ? `${got.page}/${got.pages}` : "";
      show();
    } catch (error) {
      if (turn === asked) told(error.message, true);
    } finally { if (turn === asked) sheet.removeAttribute("aria-busy"); }
  }

  function show() {
    if (!shown) return;
    if (shown.page && shown.picture && !asText) showPicture();
    else showText(shown.page && !shown.picture ? words.no_picture : "");
  }

  function nothing() {
    asked += 1;
    sheet.removeAttribute("aria-busy");
    shown = null;
    select(null);
    sheet.replaceChildren(document.createTextNode(words.no_paper));
    $("#paper-title").textContent = $("#paper-place").textContent = "";
  }

  function rectangle([left, top, right, bottom], kind) {
    const node = document.createElementNS(SVG, "rect");
    const sides = { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
    for (const [name, value] of Object.entries(sides)) node.setAttribute(name, value);
    node.setAttribute("class", kind);
    return node;
  }

  function showPicture() {
    const page = document.createElement("div");
    page.className = `page zoom-${zoom}`;
    const picture = pictureOf(shown);
    const layer = document.createElementNS(SVG, "svg");
    layer.setAttribute("viewBox", "0 0 1 1");
    layer.setAttribute("preserveAspectRatio", "none");
    for (const box of shown.boxes) layer.append(rectangle(padded(box), "mark"));
    page.append(picture, layer);
    sheet.replaceChildren(page);
    if (!picture.complete) wait(page, picture, shown);
    toMiddle(layer.querySelector(".mark"));
    selectOn(layer);
  }

  // A little more than the ink, so that the edges of the characters are seen.
  function padded([left, top, right, bottom]) {
    const by = 0.12 * (bottom - top);
    return [left - by / shown.aspect / 2, top - by, right + by / shown.aspect / 2, bottom + by];
  }

  function wait(page, picture, what) {
    page.dataset.waiting = words.drawing;
    picture.addEventListener("load", () => delete page.dataset.waiting, { once: true });
    picture.addEventListener("error", async () => {
      if (shown !== what || asText) return;
      const why = await fetch(picture.src).then((answer) => answer.text()).catch(() => "");
      if (shown === what) showText(`${words.no_picture} ${why.slice(0, 300)}`);
    }, { once: true });
  }

  function toMiddle(mark) {
    if (mark) mark.scrollIntoView({ block: "center", inline: "nearest" });
    else sheet.scrollTop = 0;
  }

  // ---- the plain text ----------------------------------------------------------------------------
  function showText(notice = "") {
    const text = document.createElement("pre");
    const mark = document.createElement("mark");
    mark.textContent = shown.body.slice(shown.from, shown.to);
    text.append(shown.body.slice(shown.start, shown.from), mark, shown.body.slice(shown.to, shown.body.end));
    const parts = [text];
    if (notice || shown.unread) {
      const line = document.createElement("p");
      line.className = "notice";
      line.textContent = notice || shown.unread;
      parts.unshift(line);
    }
    sheet.replaceChildren(...parts);
    toMiddle(mark.textContent ? mark : null);
  }

  // A paper without pages is fetched stretch by stretch as it is scrolled.
  let fetching = false;
  async function more() {
    const text = $("pre", sheet);
    if (!text || !shown || shown.page || fetching) return;
    const below = shown.body.end < shown.whole && sheet.scrollTop + sheet.clientHeight > sheet.scrollHeight - 800;
    const above = shown.body.start > 0 && sheet.scrollTop < 800;
    if (!below && !above) return;
    fetching = true;
    const what = shown;
    try {
      const way = below ? `from=${what.body.end}` : `until=${what.body.start}`;
      const got = await ask(`${run}/papers/${what.sha256}/text?${way}`);
      if (shown !== what) return;
      if (below) {
        text.append(got.text);
        what.body = new Text(what.body.text + got.text, what.body.start);
      } else {
        const height = sheet.scrollHeight, top = sheet.scrollTop;
        text.prepend(got.text);
        what.body = new Text(got.text + what.body.text, got.start);
        sheet.scrollTop = top + sheet.scrollHeight - height;
      }
    } catch (error) { told(error.message, true); } finally { fetching = false; }
  }
  sheet.addEventListener("scroll", more, { passive: true });

  // Where a unit of the text that is shown stands in the page: node and offset.
  function nodeAt(text, unit) {
    for (const node of textNodes(text)) {
      if (unit <= node.length) return [node, unit];
      unit -= node.length;
    }
    return [text, text.childNodes.length];
  }
  function textNodes(text) {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) found.push(walker.currentNode);
    return found;
  }
  function unitAt(text, node, offset) {
    const before = document.createRange();
    before.setStart(text, 0);
    before.setEnd(node, offset);
    return before.toString().length;
  }

  document.addEventListener("selectionchange", () => {
    const text = $("pre", sheet);
    const chosen = document.getSelection();
    if (!text || !shown || !chosen.rangeCount) return;
    if (!text.contains(chosen.anchorNode) || !text.contains(chosen.focusNode)) return;
    if (chosen.isCollapsed) { select(null, false); return; }
    const range = chosen.getRangeAt(0);
    const start = unitAt(text, range.startContainer, range.startOffset);
    const end = unitAt(text, range.endContainer, range.endOffset);
    // half of a rare character is the whole of it
    const last = shown.body.offsetOf(end);
    const whole = shown.body.unitOf(last) < end ? last + 1 : last;
    select([shown.body.offsetOf(start), whole], false);
  });

  // ---- selecting ---------------------------------------------------------------------------------
  function select(span, draw = true) {
    if (!span) held = null;
    selected = span && shown ? joined(span) : null;
    $("#selected").textContent = selected ? words.selected.replace("{n}", selected.end - selected.start) : "";
    if (draw) drawSelection();
  }

  // A span of the page that is shown, with what is held of the pages before.
  function joined([from, to]) {
    const [start, end] = held ? [held.start, Math.max(to, shown.body.start)] : [from, to];
    return { sha256: shown.sha256, start, end, quote: (held?.text ?? "") + shown.body.slice(start, end) };
  }

  // Go on selecting on the next page: its first sentence is taken, a drag takes it to another end.
  async function carry() {
    if (!selected || !shown?.page || shown.page >= shown.pages) return;
    const { sha256, body } = shown, { start } = selected, page = shown.page + 1;
    const text = (held?.text ?? "") + body.slice(start, body.end);
    await open({ sha: sha256, page, start, end: body.end });
    if (shown.sha256 !== sha256 || shown.page !== page) return; // it could not be opened, or is left
    held = { sha256, start, text };
    let first = shown.body.start;
    while (first < shown.body.end && !shown.body.at(first).trim()) first += 1;
    select((first < shown.body.end && sentenceAt(first)) || [first, first]);
  }

  function drawSelection() {
    const layer = $("svg", sheet), text = $("pre", sheet);
    if (layer) {
      for (const old of $$(".picked", layer)) old.remove();
      if (selected) for (const box of boxesOf(selected.start, selected.end)) layer.append(rectangle(padded(box), "picked"));
    }
    if (text && selected) {
      const [from, fromAt] = nodeAt(text, shown.body.unitOf(selected.start));
      const [to, toAt] = nodeAt(text, shown.body.unitOf(selected.end));
      document.getSelection().setBaseAndExtent(from, fromAt, to, toAt);
    }
  }

  const upright = (line) => line.turn === 90 || line.turn === 270;

  function boxesOf(from, to) {
    const found = [];
    for (const line of shown.lines) {
      const start = Math.max(from, line.start), end = Math.min(to, line.end);
      if (start >= end) continue;
      const [a, b] = [line.edges[start - line.start], line.edges[end - line.start]].sort((x, y) => x - y);
      const [left, top, right, bottom] = line.box;
      found.push(upright(line) ? [left, a, right, b] : [a, top, b, bottom]);
    }
    return found;
  }

  // The character that stands nearest to a point of the page (fractions of its sides).
  function characterAt(x, y) {
    let best = null, nearest = Infinity;
    for (const line of shown.lines) {
      const [left, top, right, bottom] = line.box;
      const across = Math.max(left - x, 0, x - right), down = Math.max(top - y, 0, y - bottom);
      const away = upright(line) ? Math.hypot(3 * across, down) : Math.hypot(across, 3 * down);
      if (away >= nearest) continue;
      nearest = away;
      best = line.start + within(line, upright(line) ? y : x);
    }
    return best;
  }

  function within({ edges }, along) {
    for (let at = 0; at + 1 < edges.length; at += 1) {
      if (edges[at] !== edges[at + 1] && (edges[at] - along) * (edges[at + 1] - along) <= 0) return at;
    }
    return Math.abs(edges[0] - along) < Math.abs(edges.at(-1) - along) ? 0 : edges.length - 2;
  }

  // The sentence that holds a character, without blanks around it.
  function sentenceAt(offset) {
    const { body } = shown;
    let start = Math.min(Math.max(offset, body.start), body.end - 1), end = start;
    while (start > body.start && !ENDS.includes(body.at(start - 1))) start -= 1;
    while (end < body.end && !ENDS.includes(body.at(end))) end += 1;
    if (end < body.end && body.at(end) !== "\n") end += 1;
    while (start < end && !body.at(start).trim()) start += 1;
    while (end > start && !body.at(end - 1).trim()) end -= 1;
    return start < end ? [start, end] : null;
  }

  function selectOn(layer) {
    let from = null, moved = false;
    const where = (event) => {
      const box = layer.getBoundingClientRect();
      return characterAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    };
    const span = (one, other) => [Math.min(one, other), Math.max(one, other) + 1];
    layer.addEventListener("pointerdown", (event) => {
      if (event.button || event.pointerType === "touch") return; // a finger scrolls
      from = where(event);
      moved = false;
      if (from === null) return;
      layer.setPointerCapture(event.pointerId);
      event.preventDefault();
      document.getSelection().removeAllRanges();
      sheet.focus({ preventScroll: true });
    });
    layer.addEventListener("pointermove", (event) => {
      if (from === null || (!moved && Math.hypot(event.movementX, event.movementY) < 1)) return;
      moved = true;
      follow(event);
      select(span(from, where(event)));
    });
    layer.addEventListener("pointerup", (event) => {
      if (from === null) return;
      select(moved ? span(from, where(event)) : null);
      from = null;
    });
    layer.addEventListener("pointercancel", () => { from = null; });
    const whole = (event) => {
      const at = where(event);
      if (at !== null) select(sentenceAt(at));
    };
    layer.addEventListener("dblclick", whole);
    layer.addEventListener("click", (event) => { if (event.pointerType === "touch") whole(event); });
  }

  // Scroll when the pointer is dragged to the rim.
  function follow(event) {
    const box = sheet.getBoundingClientRect();
    if (event.clientY > box.bottom - 24) sheet.scrollTop += 24;
    else if (event.clientY < box.top + 24) sheet.scrollTop -= 24;
  }

  // What is to be cited: what is selected, else what is highlighted.
  function choice() {
    if (selected) return selected;
    if (!shown || shown.from >= shown.to) return null;
    const inside = shown.body.start <= shown.from && shown.to <= shown.body.end;
    const quote = inside ? shown.body.slice(shown.from, shown.to) : undefined;
    return { sha256: shown.sha256, start: shown.from, end: shown.to, quote };
  }

  function sentence() {
    const now = choice();
    if (!now || !shown) return;
    const first = sentenceAt(now.start), last = sentenceAt(Math.max(now.start, now.end - 1));
    if (first && last) select([first[0], last[1]]);
  }

  function stretch(by) {
    const now = choice();
    if (!now || !shown) return;
    const end = Math.min(Math.max(now.end + by, now.start + 1), shown.body.end);
    select([Math.max(now.start, shown.body.start), end]);
  }

  // ---- turning, zooming, searching -----------------------------------------------------------------
  function turn(by) {
    if (!shown?.page) return;
    const page = shown.page + by;
    if (page >= 1 && page <= shown.pages) open({ sha: shown.sha256, page, start: shown.from, end: shown.to });
  }

  function resize(by) {
    zoom = Math.min(Math.max(zoom + by, 0), 4);
    const page = $(".page", sheet);
    if (page) page.className = `page zoom-${zoom}`;
    toMiddle($(".mark", sheet));
  }

  async function search() {
    const word = $("#word").value.trim();
    const list = $("#found");
    list.replaceChildren();
    if (!word) return;
    try {
      const { hits, more: cut } = await ask(`${run}/search?word=${encodeURIComponent(word)}`);
      list.append(...hits.map(hitLine));
      const said = hits.length ? words.found.replace("{n}", `${hits.length}${cut ? "+" : ""}`) : words.found_nothing;
      $("#found-count").textContent = said;
      $("button", list)?.focus();
    } catch (error) { told(error.message, true); }
  }

  function hitLine(hit) {
    const line = document.createElement("li");
    const link = document.createElement("button");
    const mark = document.createElement("mark");
    mark.textContent = hit.hit;
    link.type = "button";
    link.className = "place-link";
    Object.assign(link.dataset, { sha: hit.sha256, page: hit.page ?? "", start: hit.start, end: hit.end });
    const where = document.createElement("span");
    where.className = "quiet";
    where.textContent = ` ${hit.title}${hit.page ? ` · ${hit.page}` : ""}`;
    link.append(hit.before, mark, hit.after, where);
    line.append(link);
    return line;
  }

  function closeSearch() {
    $("#found").replaceChildren();
    $("#found-count").textContent = "";
  }

  bench.paper = {
    open, openLink, nothing, preload, placeIn, choice, sentence, stretch, carry, turn, resize, search, closeSearch, Text,
    swap: () => { asText = !asText; select(null); show(); },
    scroll: (by) => { sheet.scrollTop += by * 0.4 * sheet.clientHeight; },
    selection: () => selected,
  };
})();
