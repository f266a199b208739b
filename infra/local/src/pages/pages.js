// Keeps the page up to date. Everything it does can be done without it: forms post, links lead on,
// and the page reloads itself.
"use strict";

(() => {
  const page = document.body;
  const notice = document.getElementById("notice");
  const link = document.getElementById("link");
  const news = document.getElementById("news");

  // Time. The server tells what its clock shows and how fast it runs.

  const clock = { shown: Date.now(), factor: 1, at: performance.now() };
  const panel = document.getElementById("clock");
  if (panel) setClock(Number(panel.dataset.now), Number(panel.dataset.factor));

  function setClock(shown, factor) {
    Object.assign(clock, { shown, factor, at: performance.now() });
  }

  function now() {
    return clock.shown + (performance.now() - clock.at) * clock.factor;
  }

  const two = (number) => String(number).padStart(2, "0");

  // The server says how far each zone is from UTC: a browser's own zone rules may be older.
  function wallTime(at, offset, hours) {
    const wall = new Date(at + offset * 1000);
    const [hour, minute, second] = [wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds()];
    if (hours === "24") return `${two(hour)}:${two(minute)}:${two(second)}`;
    return `${hour % 12 || 12}:${two(minute)}:${two(second)} ${hour < 12 ? "AM" : "PM"}`;
  }

  function until(left) {
    const seconds = Math.ceil(left / 1000);
    if (seconds <= 0) return "now";
    if (seconds < 60) return `in ${seconds} s`;
    if (seconds < 3600) return `in ${Math.floor(seconds / 60)} min`;
    if (seconds < 86400) {
      return `in ${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
    }
    return seconds < 172800 ? "in 1 day" : `in ${Math.floor(seconds / 86400)} days`;
  }

  function say(element, words) {
    if (element && element.textContent !== words) element.textContent = words;
  }

  function tick() {
    const at = now();
    for (const face of document.querySelectorAll("time.ticking")) {
      say(face, wallTime(at, Number(face.dataset.offset), face.dataset.hours));
    }
    for (const time of document.querySelectorAll("time.countdown")) {
      say(time, until(Number(time.dataset.due) - at));
    }
  }

  // Bringing what is shown in line with what was fetched, element by element, so that focus,
  // scrolling and words in a box stay where they are.

  function morph(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !(old.tagName === "DETAILS" && name === "open")) {
        old.removeAttribute(name);
      }
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    morphChildren(old, fresh);
  }

  function morphChildren(old, fresh) {
    const known = new Map([...old.children].filter((c) => c.id).map((c) => [c.id, c]));
    const wanted = new Set([...fresh.children].filter((c) => c.id).map((c) => c.id));
    let cursor = old.firstChild;
    const skip = () => {
      const gone = cursor;
      cursor = cursor.nextSibling;
      gone.remove();
    };
    for (const child of [...fresh.childNodes]) {
      while (cursor && cursor.id && !wanted.has(cursor.id)) skip();
      let match = null;
      if (child.id) match = known.get(child.id) || null;
      else if (cursor && !cursor.id && cursor.nodeName === child.nodeName) match = cursor;
      if (!match) {
        old.insertBefore(child, cursor);
        continue;
      }
      if (match === cursor) cursor = cursor.nextSibling;
      else old.insertBefore(match, cursor);
      if (child.nodeType === Node.ELEMENT_NODE) morph(match, child);
      else if (match.data !== child.data) match.data = child.data;
    }
    while (cursor) skip();
  }

  function isAtEnd(thread) {
    return thread.scrollHeight - thread.scrollTop - thread.clientHeight < 40;
  }

  function toEnd(thread) {
    thread.scrollTop = thread.scrollHeight;
  }

  function arrived() {
    const texts = [...document.querySelectorAll("li[data-news]")];
    return new Map(texts.map((text) => [text.id, text]));
  }

  function replace(part, fresh) {
    const before = arrived();
    const focus = document.activeElement;
    const row = focus && focus.closest("li[id]");
    const threads = [...part.querySelectorAll(".thread")];
    const follow = new Set(threads.filter(isAtEnd).map((thread) => thread.id));
    const texts = new Set([...part.querySelectorAll(".bubble")].map((text) => text.id));
    morph(part, fresh);
    for (const thread of part.querySelectorAll(".thread")) {
      if (follow.has(thread.id)) toEnd(thread);
    }
    for (const text of part.querySelectorAll(".bubble")) {
      if (!texts.has(text.id)) text.classList.add("arriving");
    }
    // What had the focus may be gone, as a button that did its work: stay near it.
    if (focus && !focus.isConnected) {
      const near = row && row.isConnected && row.querySelector("a, button");
      (near || part.querySelector("[tabindex]")).focus({ preventScroll: true });
    }
    for (const [id, text] of arrived()) {
      if (before.has(id)) continue;
      const name = text.closest(".phone").querySelector("h3").textContent;
      say(news, `New text for ${name}: ${text.querySelector(".body").textContent}`);
    }
  }

  async function refresh(part) {
    const response = await fetch(part.dataset.live + location.search);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const element = fresh.body.firstElementChild;
    if (!element || element.id !== part.id) throw new Error("not the part that was asked for");
    const time = element.querySelector("#clock");
    replace(part, element);
    if (time) setClock(Number(time.dataset.now), Number(time.dataset.factor));
    tick();
  }

  // One round at a time, and at most four a second, however much happens.
  let isRunning = false;
  let isWanted = false;

  async function refreshAll() {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      try {
        await Promise.all([...document.querySelectorAll("[data-live]")].map(refresh));
      } catch (error) {
        console.warn("The page could not be brought up to date:", error);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    isRunning = false;
  }

  // News: each pulse tells the present state, so nothing is lost where a stream breaks off.

  let source = null;
  let seen = null;

  function listen() {
    if (source) return;
    seen = null;
    source = new EventSource("/events");
    source.onmessage = (message) => {
      const pulse = JSON.parse(message.data);
      if (pulse.start !== page.dataset.start) return location.reload();
      link.hidden = true;
      const isOff = Math.abs(pulse.now - now()) > 2000 * pulse.factor;
      const isMoved = pulse.factor !== clock.factor || isOff;
      setClock(pulse.now, pulse.factor);
      const isNew = !seen || seen.texts !== pulse.texts || seen.reminders !== pulse.reminders;
      seen = pulse;
      if (isNew || isMoved) refreshAll();
      // What a jump sets off takes a moment, and a plan that finds nothing new changes no reminder.
      if (isMoved) setTimeout(refreshAll, 1500);
    };
    source.onerror = () => {
      say(link, "Not connected; trying again…");
      link.hidden = false;
      // After an answer that is no stream a browser gives up by itself.
      if (source && source.readyState === EventSource.CLOSED) {
        stopListening();
        setTimeout(() => document.hidden || listen(), 3000);
      }
    };
  }

  function stopListening() {
    if (source) source.close();
    source = null;
  }

  // A page that nobody looks at holds no connection.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stopListening();
    else listen();
  });

  // Dates, zones and plans change without any news.
  setInterval(() => document.hidden || refreshAll(), 10000);
  setInterval(tick, 250);

  // Forms are posted from here, so that the page stays where it is.

  document.addEventListener("submit", async (submitted) => {
    const form = submitted.target;
    if (form.method !== "post" || !form.closest("[data-live]")) return;
    submitted.preventDefault();
    const button = submitted.submitter;
    const fields = new URLSearchParams(new FormData(form));
    if (button && button.name) fields.set(button.name, button.value);
    const box = form.querySelector("input[type=text]");
    const written = box ? box.value : "";
    if (box) box.value = "";
    say(notice, "");
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: fields,
        redirect: "manual",
      });
      if (response.type !== "opaqueredirect") {
        const answer = new DOMParser().parseFromString(await response.text(), "text/html");
        const words = answer.querySelector("[data-problem]") || answer.body;
        say(notice, words.textContent.trim());
      }
    } catch {
      say(notice, "The program did not answer. Is it still running?");
      if (box) box.value = written;
    }
    refreshAll();
  });

  for (const thread of document.querySelectorAll(".thread")) toEnd(thread);
  tick();
  listen();
})();
