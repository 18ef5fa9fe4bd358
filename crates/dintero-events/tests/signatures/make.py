#!/usr/bin/env python3
"""Signatures computed without this crate: by Python's hmac, and by openssl where it is installed.

`make.py` writes signatures.json beside it; `make.py --check` fails if that file is not what it would write.
"""

import hashlib
import hmac
import json
import pathlib
import shutil
import subprocess
import sys
from urllib.parse import unquote_to_bytes, urlsplit

FILE = pathlib.Path(__file__).with_name("signatures.json")
OPENSSL = shutil.which("openssl")


def mac(algorithm, secret, message):
    digest = hmac.new(secret, message, algorithm).hexdigest()
    if OPENSSL:
        command = [OPENSSL, "dgst", "-" + algorithm, "-mac", "HMAC", "-macopt", "hexkey:" + secret.hex()]
        told = subprocess.run(command, input=message, capture_output=True, check=True).stdout.decode().split()[-1]
        assert told == digest, (told, digest)
    return digest


# Bodies of subscription deliveries, with their secrets.
EVENTS = [
    ("json", "secret", b'{"event":"checkout_transaction","account_id":"T12345678"}'),
    ("empty body", "secret", b""),
    ("empty object", "secret", b"{}"),
    ("spaces are part of it", "secret", b'{ "event" : "ping" }'),
    ("newline at the end", "secret", b'{"event":"ping"}\n'),
    ("carriage returns", "secret", b'{\r\n"event":"ping"\r\n}'),
    ("unicode", "secret", '{"name":"Blåbærsyltetøy ÆØÅ"}'.encode()),
    ("escaped unicode", "secret", b'{"name":"Bl\\u00e5b\\u00e6r"}'),
    ("beyond the first plane", "secret", '{"name":"🫐"}'.encode()),
    ("byte order mark", "secret", b'\xef\xbb\xbf{"event":"ping"}'),
    ("not UTF-8", "secret", bytes(range(256))),
    ("zero bytes", "secret", b"\0\0\0"),
    ("secret with unicode and spaces", " pæ 🫐 ss ", b'{"event":"ping"}'),
    ("secret longer than a block", "s" * 100, b'{"event":"ping"}'),
    ("secret of one byte", "s", b'{"event":"ping"}'),
    ("large", "secret", b"[" + b"0," * 5000 + b"0]"),
]

# Session callbacks: method, url, and what is signed of it: host, path and the sorted, encoded query, written by hand.
CALLBACKS = [
    ("as published", "GET", "https://example.com/callback?B=123&A=992", "example.com", "/callback", "A=992&B=123"),
    ("no query", "GET", "https://shop.example/callback", "shop.example", "/callback", ""),
    ("empty query", "GET", "https://shop.example/callback?", "shop.example", "/callback", ""),
    ("no path", "GET", "https://shop.example?a=1", "shop.example", "/", "a=1"),
    ("trailing slash", "GET", "https://shop.example/callback/?a=1", "shop.example", "/callback/", "a=1"),
    ("upper case host", "GET", "https://SHOP.Example/Call?a=1", "shop.example", "/Call", "a=1"),
    ("port", "GET", "https://shop.example:8443/callback?a=1", "shop.example", "/callback", "a=1"),
    ("port of the scheme", "GET", "https://shop.example:443/callback?a=1", "shop.example", "/callback", "a=1"),
    ("plus is a space", "GET", "https://shop.example/c?merchant_reference=order+1", "shop.example", "/c", "merchant_reference=order+1"),
    ("%20 is a space", "GET", "https://shop.example/c?merchant_reference=order%201", "shop.example", "/c", "merchant_reference=order+1"),
    ("%2B is a plus", "GET", "https://shop.example/c?q=1%2B1", "shop.example", "/c", "q=1%2B1"),
    ("unicode", "GET", "https://shop.example/c?name=Bl%c3%a5b%c3%a6r", "shop.example", "/c", "name=Bl%C3%A5b%C3%A6r"),
    ("raw unicode", "GET", "https://shop.example/c?name=Blåbær", "shop.example", "/c", "name=Bl%C3%A5b%C3%A6r"),
    ("beyond the first plane", "GET", "https://shop.example/c?name=🫐", "shop.example", "/c", "name=%F0%9F%AB%90"),
    ("unicode in the path", "GET", "https://shop.example/blåbær/c?a=1", "shop.example", "/bl%C3%A5b%C3%A6r/c", "a=1"),
    ("escapes in the path stay", "GET", "https://shop.example/a%20b/%7e?a=1", "shop.example", "/a%20b/%7e", "a=1"),
    ("repeated names keep their order", "GET", "https://shop.example/c?b=2&a=9&b=1&a=3", "shop.example", "/c", "a=9&a=3&b=2&b=1"),
    ("capitals sort first", "GET", "https://shop.example/c?b=1&B=2&a=3", "shop.example", "/c", "B=2&a=3&b=1"),
    ("UTF-16 sorts surrogates first", "GET", "https://shop.example/c?%EF%BF%BD=1&%F0%9F%AB%90=2", "shop.example", "/c", "%F0%9F%AB%90=2&%EF%BF%BD=1"),
    ("empty value and none", "GET", "https://shop.example/c?b=&a", "shop.example", "/c", "a=&b="),
    ("what a form leaves alone", "GET", "https://shop.example/c?q=*-._~!'()", "shop.example", "/c", "q=*-._%7E%21%27%28%29"),
    ("an address in the query", "GET", "https://shop.example/c?u=https://a.example/?x=1%26y=2", "shop.example", "/c", "u=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y%3D2"),
    ("a broken escape", "GET", "https://shop.example/c?q=%zz%", "shop.example", "/c", "q=%25zz%25"),
    ("ampersands alone", "GET", "https://shop.example/c?&&a=1&&", "shop.example", "/c", "a=1"),
    ("fragment", "GET", "https://shop.example/c?a=1#b=2", "shop.example", "/c", "a=1"),
    ("post", "POST", "https://shop.example/c?method=POST&includes=session", "shop.example", "/c", "includes=session&method=POST"),
    ("host beyond ASCII", "GET", "https://blåbær.example/c?a=1", "xn--blbr-roah.example", "/c", "a=1"),
    (
        "a whole callback",
        "GET",
        "https://shop.example/callback?transaction_id=T12345678.aB3&session_id=T12345678.cD4&merchant_reference=order%201&time=2026-11-23T10:00:00.000Z&error=cancelled",
        "shop.example",
        "/callback",
        "error=cancelled&merchant_reference=order+1&session_id=T12345678.cD4&time=2026-11-23T10%3A00%3A00.000Z&transaction_id=T12345678.aB3",
    ),
]


def form(data):
    """What `application/x-www-form-urlencoded` writes for a name or a value."""
    kept = b"*-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "".join("+" if b == 32 else chr(b) if b in kept else "%%%02X" % b for b in data)


def sorted_query(query):
    """The query as the URL standard parses, sorts and writes it; holds the ones above to account."""
    pairs = []
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        pairs.append([unquote_to_bytes(part.replace("+", " ")).decode(errors="replace") for part in (name, value)])
    pairs.sort(key=lambda pair: pair[0].encode("utf-16-be"))
    return "&".join("=".join(form(part.encode()) for part in pair) for pair in pairs)


def events():
    for name, secret, body in EVENTS:
        yield {"name": name, "secret": secret, "body": body.hex(), "signature": mac("sha1", secret.encode(), body)}


def callbacks():
    for at, (name, method, url, host, path, query) in enumerate(CALLBACKS):
        parts = urlsplit(url)
        assert parts.hostname.encode("idna").decode() == host, name
        assert sorted_query(parts.query) == query, (name, sorted_query(parts.query))
        # The first is the one that Dintero publishes, secret, time and account included.
        account, secret, time = ("P00000000", "123", 1582236537) if at == 0 else ("T12345678", "søker ly", 1700000000 + at)
        signed = f"{time}\n{account}\n{method}\n{host}\n{path}\n{query}"
        signature = mac("sha256", secret.encode(), signed.encode())
        yield {"name": name, "secret": secret, "account": account, "method": method, "url": url, "time": time, "signature": signature}


def main():
    cases = {"events": list(events()), "callbacks": list(callbacks())}
    text = json.dumps(cases, indent=1, ensure_ascii=False) + "\n"
    if sys.argv[1:] == ["--check"]:
        if FILE.read_text(encoding="utf-8") != text:
            sys.exit(f"{FILE.name} is not what make.py writes; run it and look at what differs")
    else:
        FILE.write_text(text, encoding="utf-8")


main()
