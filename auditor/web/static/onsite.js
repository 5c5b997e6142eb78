// Notes on site: drafts and a queue that survive a reload and a lost connection.
// Texts lie in localStorage, photos in IndexedDB; a note that is sent twice is recorded once.
"use strict";
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const main = $("#main");
  const form = $("#note");
  const state = $("#os-state");
  if (!form) return;
  const csrf = $('meta[name="csrf"]').content;
  const own = `site:${main.dataset.run}:${main.dataset.account}:`;
  const LONGEST_SIDE = 2000;
  const AGAIN_MS = 15000;
  let feature = main.dataset.feature;
  let picked = []; // ids of the photos of the form
  let sending = false;

  // ---- what lies on this device ----------------------------------------------------------------
  const read = (key, otherwise) => JSON.parse(localStorage.getItem(own + key) ?? "null") ?? otherwise;
  const write = (key, value) => {
    if (value === null) localStorage.removeItem(own + key);
    else localStorage.setItem(own + key, JSON.stringify(value));
  };
  const queue = () => read("queue", []);
  const photos = new Promise((resolve, reject) => {
    const opening = indexedDB.open("auditor-site", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("photos");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const asked = async (mode, ask) => {
    const store = (await photos).transaction("photos", mode).objectStore("photos");
    const request = ask(store);
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  };
  const keepPhoto = (id, photo) => asked("readwrite", (store) => store.put(photo, id));
  const photoOf = (id) => asked("readonly", (store) => store.get(id));
  const dropPhoto = (id) => asked("readwrite", (store) => store.delete(id)).catch(() => {});

  function told(message, bad = false) {
    state.textContent = message;
    state.classList.toggle("bad", bad);
  }

  // ---- the form ----------------------------------------------------------------------------------
  const FIELDS = ["method", "date", "place", "roles", "system", "network", "account_role", "steps", "result"];
  const values = () => Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
  const empty = (fields) => !(fields.result || fields.steps || fields.system || fields.method || picked.length);

  function fill(fields) {
    for (const name of FIELDS) {
      if (name === "date" && !fields.date) continue;
      form.elements[name].value = fields[name] ?? "";
    }
    if (!fields.method) for (const box of $$('[name="method"]', form)) box.checked = false;
  }

  function saveDraft() {
    const fields = values();
    try {
      write(`draft:${feature}`, empty(fields) ? null : { fields, photos: picked });
      // where and with whom goes along from one feature to the next
      write("where", { place: fields.place, roles: fields.roles, date: fields.date });
      if (!empty(fields)) told(state.dataset.draft);
    } catch (error) { told(String(error), true); }
  }

  async function restore() {
    const draft = read(`draft:${feature}`, null);
    picked = draft?.photos ?? [];
    fill(draft?.fields ?? read("where", {}));
    await showThumbs();
  }

  async function showThumbs() {
    const list = $("#os-thumbs");
    list.replaceChildren();
    for (const id of picked) {
      const photo = await photoOf(id).catch(() => null);
      const item = document.createElement("li");
      if (photo) item.append(await thumb(photo.blob));
      const remove = document.createElement("button");
      Object.assign(remove, { type: "button", textContent: state.dataset.remove });
      remove.addEventListener("click", () => {
        picked = picked.filter((other) => other !== id);
        dropPhoto(id);
        saveDraft();
        item.remove();
      });
      item.append(remove);
      list.append(item);
    }
  }

  async function thumb(blob) {
    const canvas = document.createElement("canvas");
    const picture = await createImageBitmap(blob).catch(() => null);
    if (picture) {
      canvas.height = 96;
      canvas.width = Math.max(1, Math.round((96 * picture.width) / picture.height));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    }
    return canvas;
  }

  /** The picture alone, no larger than needed; the file itself where it cannot be drawn here. */
  async function smaller(file) {
    const picture = await createImageBitmap(file).catch(() => null);
    if (!picture) return file;
    const share = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * share);
    canvas.height = Math.round(picture.height * share);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return (await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.85); })) ?? file;
  }

  $("#os-photos").addEventListener("change", async (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    for (const file of files) {
      if (picked.length >= Number(main.dataset.mostPhotos)) break;
      const blob = await smaller(file);
      if (blob.size > Number(main.dataset.mostBytes)) { told(state.dataset.tooLarge, true); continue; }
      const id = crypto.getRandomValues(new Uint32Array(3)).join("-");
      await keepPhoto(id, { blob, name: file.name });
      picked.push(id);
    }
    saveDraft();
    await showThumbs();
  });

  form.addEventListener("input", (event) => { if (event.target.type !== "file") saveDraft(); });

  function clear() {
    write(`draft:${feature}`, null);
    picked = [];
    fill(read("where", {}));
    $("#os-thumbs").replaceChildren();
  }

  const clearing = $("#os-clear");
  clearing.hidden = false;
  clearing.addEventListener("click", () => { picked.forEach(dropPhoto); clear(); });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    try {
      write("queue", [...queue(), { feature, fields: values(), photos: picked }]);
    } catch (error) { told(String(error), true); return; }
    clear();
    showQueue();
    send();
  });

  // ---- the queue ---------------------------------------------------------------------------------
  function showQueue() {
    const list = $("#os-queue");
    list.replaceChildren();
    for (const [place, note] of queue().entries()) {
      const item = document.createElement("li");
      item.classList.toggle("bad", Boolean(note.error));
      item.append(`${note.feature} ${note.fields.result.slice(0, 40)}${note.error ? ` — ${note.error}` : ""}`);
      if (note.error) {
        const back = document.createElement("button");
        Object.assign(back, { type: "button", textContent: "↩" });
        back.addEventListener("click", () => putBack(place));
        item.append(back);
      }
      list.append(item);
    }
  }

  function putBack(place) {
    const notes = queue();
    const [note] = notes.splice(place, 1);
    if (read(`draft:${note.feature}`, null)) { choose(note.feature); return; } // that draft comes first
    write(`draft:${note.feature}`, { fields: note.fields, photos: note.photos });
    write("queue", notes);
    showQueue();
    choose(note.feature);
  }

  async function post(note) {
    const body = new FormData();
    for (const [name, value] of Object.entries(note.fields)) body.append(name, value);
    for (const id of note.photos) {
      const photo = await photoOf(id);
      if (photo) body.append("photos[]", photo.blob, photo.name);
    }
    const path = `/runs/${main.dataset.run}/site/${encodeURIComponent(note.feature)}`;
    return fetch(path, { method: "POST", headers: { "x-csrf": csrf }, body });
  }

  /** Send what waits, in order; what the server refuses stays here with the reason. */
  async function send() {
    if (sending) return;
    sending = true;
    try {
      for (;;) {
        const note = queue().find((one) => !one.error);
        if (!note) break;
        told(state.dataset.sending);
        const answer = await post(note);
        if (answer.status === 401 || answer.status === 403) { told(state.dataset.login, true); return; }
        if (answer.status >= 500) throw new Error(String(answer.status));
        await settle(note, answer);
      }
      told(queue().length ? state.dataset.refused : state.dataset.none, queue().length > 0);
    } catch {
      told(`${state.dataset.offline} ${state.dataset.queue.replace("{n}", queue().length)}`, true);
    } finally {
      sending = false;
      showQueue();
    }
  }

  async function settle(note, answer) {
    const same = (other) => JSON.stringify(other) === JSON.stringify(note);
    const notes = queue();
    const place = notes.findIndex(same);
    if (answer.ok) {
      if (place >= 0) notes.splice(place, 1);
      note.photos.forEach(dropPhoto);
      count(note.feature);
    } else {
      const said = await answer.json().catch(() => ({ error: String(answer.status) }));
      if (place >= 0) notes[place].error = [said.error, said.hint].filter(Boolean).join(" ");
    }
    write("queue", notes);
  }

  function count(id) {
    const mark = $(`.os-card[data-feature="${CSS.escape(id)}"] .os-visits`);
    if (!mark) return;
    mark.dataset.visits = Number(mark.dataset.visits) + 1;
    mark.textContent = state.dataset.visits.replace("{n}", mark.dataset.visits);
  }

  // ---- the list ----------------------------------------------------------------------------------
  function choose(id) {
    const card = $(`.os-card[data-feature="${CSS.escape(id)}"]`);
    if (!card) return;
    feature = id;
    for (const other of $$(".os-card[aria-current]")) other.removeAttribute("aria-current");
    card.setAttribute("aria-current", "true");
    $("#os-facts").replaceChildren(...card.nextElementSibling.cloneNode(true).childNodes);
    form.action = `/runs/${main.dataset.run}/site/${encodeURIComponent(id)}`;
    history.replaceState({}, "", `?feature=${encodeURIComponent(id)}`);
    restore();
  }

  for (const card of $$(".os-card")) {
    card.addEventListener("click", (event) => {
      event.preventDefault();
      choose(card.dataset.feature);
      form.scrollIntoView({ block: "start" });
    });
  }
  $("#os-find").addEventListener("input", (event) => {
    const word = event.target.value.trim();
    for (const card of $$(".os-card")) card.parentElement.hidden = !card.textContent.includes(word);
  });

  window.addEventListener("online", send);
  setInterval(() => { if (queue().some((note) => !note.error)) send(); }, AGAIN_MS);
  restore();
  showQueue();
  if (queue().length) send();
})();
