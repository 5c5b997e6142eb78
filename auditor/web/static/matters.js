// Choose all facts; cite text that is selected in a new paper (offsets count code points).
"use strict";
(() => {
  for (const button of document.querySelectorAll(".choose-all")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const boxes = [...button.form.elements].filter((box) => box.name === button.dataset.field);
      const on = boxes.some((box) => !box.checked);
      for (const box of boxes) box.checked = on;
    });
  }

  const cite = document.querySelector("#cite-selected");
  const form = document.querySelector("#ruling");
  if (!cite || !form) return;
  for (const part of document.querySelectorAll(".js-only")) part.hidden = false;
  for (const part of document.querySelectorAll(".no-js")) part.hidden = true;
  const list = document.querySelector("#chosen");
  const points = (text) => [...text].length;

  function selected() {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    const paper = range.startContainer.parentElement?.closest(".paper-text");
    const text = paper?.firstChild;
    if (!text || range.startContainer !== text || range.endContainer !== text) return null;
    const start = points(text.data.slice(0, range.startOffset));
    return { paper, start, end: start + points(range.toString()), quote: range.toString() };
  }

  cite.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
  cite.addEventListener("click", () => {
    const found = selected();
    if (!found || !found.quote.trim()) return;
    const item = document.createElement("li");
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "cited[]", value: `${found.paper.dataset.sha}:${found.start}:${found.end}` });
    const quote = document.createElement("q");
    quote.textContent = found.quote;
    const remove = document.createElement("button");
    Object.assign(remove, { type: "button", textContent: list.dataset.remove });
    remove.addEventListener("click", () => item.remove());
    item.append(field, quote, ` ${found.paper.dataset.title} `, remove);
    list.append(item);
  });
})();
