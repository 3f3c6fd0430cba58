"""OpenAI's own client, which stands on httpx2: a call that is tried again, and a streamed one."""

import sys

from openai import OpenAI

client = OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="sk-none", max_retries=2)
asked = {"model": "small", "messages": [{"role": "user", "content": "say hello"}]}
answer = client.chat.completions.create(**asked)
assert answer.choices[0].message.content == "hello", answer
parts = client.chat.completions.create(**asked, stream=True)
assert "".join(part.choices[0].delta.content for part in parts) == "hello"
