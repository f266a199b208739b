// Keeps the page up to date. Everything can be read and done without it: links lead on, forms post,
// and the page reloads itself.
"use strict";

(() => {
  const EVERY = 10000;
  const link = document.getElementById("link");
  const parts = () => document.getElementById("main");

  function say(words) {
    if (link && link.textContent !== words) link.textContent = words;
  }

  // Somebody who writes a name is not interrupted.
  function isBusy() {
    const focus = document.activeElement;
    return document.hidden || (focus && focus.matches("main input") && focus.value !== "");
  }

  // Replaces the children that changed, so that what is open, focused or scrolled stays so.
  function bringInLine(old, fresh) {
    const news = [...fresh.children];
    if (old.children.length !== news.length) {
      old.replaceChildren(...news);
      return;
    }
    [...old.children].forEach((child, at) => {
      if (child.outerHTML === news[at].outerHTML) return;
      const focus = child.contains(document.activeElement) ? document.activeElement : null;
      const place = focus && [...child.querySelectorAll("a, button, input, [tabindex]")].indexOf(focus);
      const scrolled = [...child.querySelectorAll(".wide")].map((wide) => wide.scrollLeft);
      child.replaceWith(news[at]);
      [...news[at].querySelectorAll(".wide")].forEach((wide, n) => {
        wide.scrollLeft = scrolled[n] || 0;
      });
      if (focus) {
        const again = news[at].querySelectorAll("a, button, input, [tabindex]")[place];
        if (again) again.focus({ preventScroll: true });
      }
    });
  }

  async function look() {
    if (isBusy()) return;
    try {
      const answer = await fetch("/dashboard/main", { cache: "no-store" });
      if (answer.status === 401) {
        location.reload();
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
      if (!fresh || isBusy()) return;
      bringInLine(parts(), fresh);
      say("Live");
    } catch {
      say("Not up to date: the service does not answer");
    }
  }

  say("Live");
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
})();
