// A request as a curl command that is safe to paste: every captured value is one quoted word.

/** Quote for a POSIX shell; control characters (Bash's $'...') never reach the terminal raw. */
function shellWord(text) {
  if (/^[\w%+=:,./][\w%+=:,./-]*$/.test(text)) return text;
  if (!/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replace(/[\\'\x00-\x1f\x7f-\x9f]/g, (c) => {
    if (c === "\\" || c === "'") return `\\${c}`;
    const code = c.codePointAt(0);
    return code < 0x80 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `$'${escaped}'`;
}

// Set by curl or the connection itself, or of the trace that is documented here.
const NOT_REPLAYED = new Set(["host", "content-length", "connection", "transfer-encoding", "accept-encoding"]);

const SOCKET = "http+unix://";

/** The request's URL. Without an address in the Document: http, unless a proxy's header says https. */
function urlOf(request) {
  const headers = new Map(headersOf(request));
  const name = nameOf(request.target);
  const host = headers.get("host") || (name === "unknown" ? "unknown.invalid" : name);
  const scheme = headers.get("x-forwarded-proto") === "https" ? "https" : "http";
  const origin = originOf(request) ?? `${scheme}://${host}`;
  const path = request.path ?? request.label ?? "/";
  const query = request.query ? `?${request.query}` : "";
  // Beside --unix-socket curl wants a host, and sends it as the Host header.
  const start = origin.startsWith(SOCKET) ? "http://localhost" : origin;
  const url = `${start}${path.startsWith("/") ? "" : "/"}${path}${query}`;
  return url.replace(/\p{Cs}/gu, "\ufffd").replace(/[^\x21-\x7e]/gu, encodeURIComponent);
}

/** The curl command of a request. What was redacted stays as its placeholder. */
function curlOf(request) {
  const body = bodyOf(request);
  const url = urlOf(request);
  const words = ["curl"];
  if (/[[\]{}]/.test(url)) words.push("--globoff");
  if (/\/\.\.?(\/|$|\?)/.test(url)) words.push("--path-as-is");
  if (request.method === "HEAD") words.push("--head");
  else if (request.method && (request.method !== "GET" || body?.kept)) words.push(`-X ${shellWord(request.method)}`);
  const origin = originOf(request) ?? "";
  if (origin.startsWith(SOCKET)) {
    const socket = decodeURIComponent(origin.slice(SOCKET.length));
    words.push(`--${socket.startsWith("@") ? "abstract-" : ""}unix-socket ${shellWord(socket.replace(/^@/, ""))}`);
  }
  words.push(shellWord(url));
  let typed = false;
  for (const [name, value] of headersOf(request)) {
    typed ||= name === "content-type";
    if (name === "accept-encoding") words.push("--compressed");
    // `-H @file` would read a file: only real header names pass.
    if (NOT_REPLAYED.has(name) || TRACING.test(name) || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) continue;
    words.push(`-H ${shellWord(value === "" ? `${name};` : `${name}: ${value}`)}`);
  }
  if (body?.kept) {
    if (!typed) words.push("-H 'Content-Type:'");
    // No argument of a process can hold a NUL, and binary bodies are not on this page.
    const text = body.text !== undefined && !body.text.includes("\0");
    words.push(text ? `--data-raw ${shellWord(body.text)}` : "--data-binary @body.bin");
  }
  return words.join(" \\\n  ");
}
