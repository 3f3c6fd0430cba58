// The key d, or the button, leaves only what differs; n and p go from one difference to the next.
const button = document.getElementById("only");
const toggle = () => {
  const on = document.body.classList.toggle("differences");
  button.setAttribute("aria-pressed", String(on));
};
let at = -1;
const go = (by) => {
  const rows = [...document.querySelectorAll("tr[data-differs]")];
  if (!rows.length) return;
  at = (at + by + rows.length) % rows.length;
  rows[at].scrollIntoView({ block: "center" });
  rows[at].focus({ preventScroll: true });
};
button.addEventListener("click", toggle);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "d") toggle();
  if (event.key === "n") go(1);
  if (event.key === "p") go(-1);
});
