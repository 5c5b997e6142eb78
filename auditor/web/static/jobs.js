// New audits: the size of what is chosen is told before it is sent; a job's progress is followed.
"use strict";
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const csrf = $('meta[name="csrf"]')?.content ?? "";
  const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

  // ---- upload ----------------------------------------------------------------------------------
  const form = $("#upload");
  if (form) {
    const limits = form.dataset;
    const inputs = ["#folder", "#files"].map((id) => $(id));
    const chosen = () => inputs.flatMap((input) => [...input.files]);
    const megabytes = (bytes) => (bytes / 1048576).toFixed(1);

    function complaint(files) {
      const total = files.reduce((sum, file) => sum + file.size, 0);
      const large = files.find((file) => file.size > Number(limits.fileBytes));
      if (!files.length) return limits.none;
      if (files.length > Number(limits.files)) return filled(limits.tooMany, { n: files.length, most: limits.files });
      if (large) return filled(limits.tooLarge, { name: large.name, n: megabytes(large.size), most: megabytes(Number(limits.fileBytes)) });
      if (total > Number(limits.totalBytes)) return filled(limits.tooLarge, { name: "", n: megabytes(total), most: megabytes(Number(limits.totalBytes)) });
      return "";
    }

    function refuse(message) {
      const box = $("#refused");
      box.textContent = message;
      box.hidden = !message;
      $("#sending").hidden = true;
      $("button.main", form).disabled = false;
    }

    for (const input of inputs) {
      input.addEventListener("change", () => {
        const files = chosen();
        const total = files.reduce((sum, file) => sum + file.size, 0);
        $("#chosen").textContent = files.length ? filled(limits.chosen, { n: files.length, size: megabytes(total) }) : "";
        refuse(files.length ? complaint(files) : "");
      });
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const wrong = complaint(chosen());
      refuse(wrong);
      if (wrong) return;
      $("button.main", form).disabled = true;
      $("#sending").hidden = false;
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("x-csrf", csrf);
      request.upload.addEventListener("progress", (sent) => {
        if (!sent.lengthComputable) return;
        $("#sending progress").value = sent.loaded / sent.total;
        $("#sending b").textContent = `${Math.floor((100 * sent.loaded) / sent.total)}%`;
      });
      request.addEventListener("load", () => {
        if (request.status === 200) {
          location.assign(request.responseURL);
          return;
        }
        let told = {};
        try { told = JSON.parse(request.responseText); } catch { told = { error: request.responseText || `${request.status}` }; }
        refuse([told.error, told.hint].filter(Boolean).join(" "));
      });
      request.addEventListener("error", () => refuse(limits.broken));
      request.send(new FormData(form));
    });
  }

  // ---- progress of a job -----------------------------------------------------------------------
  const stages = $("#stages");
  if (!stages) return;

  function show(job) {
    for (const stage of job.stages) {
      const line = $(`[data-stage="${CSS.escape(stage.name)}"]`, stages);
      if (!line) continue;
      const bar = $("progress", line);
      bar.max = stage.total || 1;
      bar.value = stage.done;
      $(".count", line).textContent = `${stage.done}/${stage.total}`;
      $(".time", line).textContent = filled(stages.dataset.seconds, { n: Math.round(stage.seconds) });
      $(".note", line).textContent = stage.note;
      line.classList.toggle("over", stage.over);
    }
    const last = job.stages[job.stages.length - 1];
    if ($("#beginning")) $("#beginning").hidden = job.stages.length > 0;
    if ($("#writing")) $("#writing").hidden = !(last && last.name === "judge" && last.over);
    if ($("#before")) $("#before").textContent = filled($("#before").dataset.words, { n: job.before });
    $("#log").textContent = job.log.join("\n");
  }

  async function follow() {
    try {
      const answer = await fetch(stages.dataset.url, { headers: { "x-csrf": csrf } });
      if (answer.status === 401 || answer.status === 404) { location.reload(); return; }
      if (answer.ok) {
        const job = await answer.json();
        if (job.state !== stages.dataset.state || job.asked !== stages.dataset.asked) { location.reload(); return; }
        show(job);
      }
    } catch {
      // the server may be starting anew: the audit goes on without it
    }
    setTimeout(follow, 1000);
  }
  setTimeout(follow, 1000);
})();
