// What a reader wrote, to the collector that shows the page and keeps a notes file: of its page only.
// All others have no code that sends.

async function sendNotes(text) {
  const headers = { "Content-Type": "application/toml", "If-Match": around.notes.version };
  try {
    const answer = await fetch(around.notes.path, { method: "POST", headers, body: text });
    const { message } = await answer.json();
    if (!answer.ok) return toast(`Not saved: ${message}`);
  } catch {
    return toast("Not saved: the collector did not answer");
  }
  attempt(() => localStorage.removeItem(OWN_KEY));
  location.reload();
}
