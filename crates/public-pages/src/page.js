(() => {
  "use strict";

  // Tips: every element of class "stop" says something in data-tip, shown on hover, on touch and by the slider under the picture.
  for (const plot of document.querySelectorAll(".plot")) {
    const tip = plot.querySelector(".tip");
    const slider = plot.querySelector(".scrub");
    const stops = () => {
      const drawings = [...plot.querySelectorAll("svg.chart")];
      const shown = drawings.find((drawing) => drawing.getClientRects().length > 0);
      return shown ? [...shown.querySelectorAll(".stop")] : [];
    };
    let active = null;

    const hide = () => {
      if (active) active.classList.remove("on");
      active = null;
      tip.hidden = true;
    };
    const show = (stop) => {
      if (active !== stop) hide();
      active = stop;
      stop.classList.add("on");
      tip.textContent = stop.dataset.tip;
      tip.hidden = false;
      const frame = plot.getBoundingClientRect();
      const box = stop.getBoundingClientRect();
      const left = box.left - frame.left + box.width / 2 - tip.offsetWidth / 2;
      const isBand = stop.classList.contains("band");
      const above = box.top - frame.top - tip.offsetHeight - 8;
      const top = isBand ? box.top - frame.top + 8 : above >= -24 ? above : box.bottom - frame.top + 8;
      const beside = isBand ? box.left - frame.left + box.width + 10 : left;
      const fitsBeside = beside + tip.offsetWidth <= frame.width;
      const x = isBand && !fitsBeside ? box.left - frame.left - tip.offsetWidth - 10 : beside;
      tip.style.left = `${Math.max(0, Math.min(x, frame.width - tip.offsetWidth))}px`;
      tip.style.top = `${top}px`;
    };
    const select = () => {
      const all = stops();
      if (all.length === 0) return;
      slider.max = String(all.length - 1);
      const stop = all[Math.min(Number(slider.value), all.length - 1)];
      slider.setAttribute("aria-valuetext", stop.dataset.tip.split("\n").join(", "));
      show(stop);
    };

    plot.addEventListener("pointermove", (event) => {
      const stop = event.target.closest && event.target.closest(".stop");
      if (stop) show(stop);
      else if (event.target !== slider) hide();
    });
    plot.addEventListener("pointerdown", (event) => {
      const stop = event.target.closest && event.target.closest(".stop");
      if (stop) show(stop);
    });
    plot.addEventListener("pointerleave", hide);
    if (slider && stops().length > 1) {
      slider.hidden = false;
      slider.max = String(stops().length - 1);
      slider.value = slider.dataset.last === undefined ? "0" : slider.max;
      slider.addEventListener("input", select);
      slider.addEventListener("focus", select);
      slider.addEventListener("blur", hide);
      slider.addEventListener("keydown", (event) => {
        if (event.key === "Escape") hide();
      });
      slider.setAttribute("aria-valuetext", stops()[Number(slider.value)].dataset.tip.split("\n").join(", "));
    }
  }

  // Paper has no pointer: what can be opened is printed open.
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });

  // The password is sent as JSON, and the page asked for again once it was right.
  const form = document.querySelector("form");
  if (form) {
    const [field, button, wrong] = ["input", "button", ".wrong"].map((name) => form.querySelector(name));
    const say = (text) => {
      wrong.textContent = text;
      field.setAttribute("aria-invalid", text ? "true" : "false");
    };
    const wait = (seconds) => {
      button.disabled = seconds > 0;
      if (seconds <= 0) return say("");
      say(`Too many wrong passwords. Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`);
      setTimeout(wait, 1000, seconds - 1);
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        const body = JSON.stringify({ password: field.value });
        const headers = { "Content-Type": "application/json", Accept: "application/json" };
        const answer = await fetch(location.pathname, { method: "POST", headers, body });
        if (answer.ok) return location.reload();
        if (answer.status === 429) return wait(Math.ceil(Number(answer.headers.get("Retry-After"))) || 30);
        say(answer.status === 401 ? "That password is not right." : "That did not work. Try again.");
      } catch {
        say("The server did not answer. Try again.");
      }
      button.disabled = false;
      field.focus();
      field.select();
    });
    const slowed = Number(form.dataset.wait);
    if (slowed > 0) wait(slowed);
  }
})();
