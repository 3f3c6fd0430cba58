// Where a server shows the document: the way back to its list, and the document's other formats.
// A file has none of this.

const around = doc.around;

function showAround() {
  if (!around) return;
  // The list as it was searched, if this page was opened from it.
  const from = attempt(() => new URL(document.referrer));
  const home = from && from.origin === location.origin && from.pathname === around.home ? from.href : around.home;
  const back = el("a", { id: "home", href: home, title: "All traces (Esc)" }, "‹ Traces");
  $("heading").prepend(back);
  const links = around.downloads.map(([name, href, suffix]) => el("li", {}, el("a", { href, download: true }, name, el("span", { class: "quiet" }, ` ${suffix}`))));
  const menu = el("details", { id: "downloads" }, el("summary", { title: "Download in another format (d)" }, "Download"), el("ul", {}, links));
  $("tools").prepend(menu);
  document.addEventListener("keydown", aroundKey, { capture: true });
  document.addEventListener("click", (event) => menu.contains(event.target) || (menu.open = false));
}

/** Esc leaves the page once there is nothing else to leave; d opens the downloads. */
function aroundKey(event) {
  const typing = event.target.matches("input, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open || typing) return;
  const menu = $("downloads");
  if (event.key === "d") {
    menu.open = !menu.open;
    if (menu.open) menu.querySelector("a").focus();
    event.preventDefault();
  } else if (event.key === "Escape" && menu.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  } else if (event.key === "Escape" && !query && !document.body.classList.contains("sheet") && !$("detail").contains(document.activeElement)) {
    location.href = $("home").href;
  }
}
