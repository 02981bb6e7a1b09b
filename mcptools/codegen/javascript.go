package codegen

import (
	"fmt"
	"strings"
)

const javaScriptSend = `    redirect: "manual",
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  console.log(response.status, text.slice(0, 500));
`

// fetch writes modules for Node.js.
var fetch = dialect{
	quote: quoteJavaScript,
	helpers: []helper{
		{"readFile(", "import { readFile } from \"node:fs/promises\";\n\n"},
		{"given(", `function given(value, name) {
  if (value == null) throw new Error(name + " is not given");
  return value;
}

`},
		{"cookie(response,", `function cookie(response, name) {
  const line = response.headers.getSetCookie().findLast((l) => l.startsWith(name + "="));
  return line?.slice(name.length + 1).split(";")[0];
}

`},
		{"unescape(given(", `function unescape(html) {
  const decode = (_, x, n) => String.fromCodePoint(parseInt(n, x ? 16 : 10));
  return html.replace(/&#(x?)([0-9a-f]+);/gi, decode).replaceAll("&amp;", "&");
}

`},
	},
	variable: "const %[1]s = given(process.env.%[1]s, \"%[1]s\"); // %[3]s\n", optional: "const %[1]s = process.env.%[1]s ?? %[2]s; // %[3]s\n",
	margin: "\n", title: "\n// %s\n", blockOpen: "{\n", blockEnd: "}\n", loopMargin: "\n", loopEnd: "}\n",
	loopOpen: "for (var n = 0, PAGE = %s; n === 0 || (PAGE && n < 20); n++) { // 20 pages at most\n", assignment: "  var %s = %s;\n",
	request: writeFetch,
	read: reader{
		inCookie: "given(cookie(response, %[1]s), %[1]s)", inScript: "decodeURIComponent(given(cookie(response, %[1]s), %[1]s))",
		inHeader: "given(response.headers.get(%[1]s), %[1]s)", inMember: "given(JSON.parse(text)%[5]s, \"the value\")",
		inLocation: "given(response.headers.get(%[1]s), %[1]s).split(\"/\").pop()",
		inWhole:    "text.trim().replaceAll(%[4]s, \"\")", inText: "unescape(given(text.split(%[2]s)[%[3]d], %[2]s).split(%[4]s)[0])",
		inCursor: "[[%[5]s].reduce((v, name) => v?.[name], JSON.parse(text))].filter(Boolean).map((v) => %[4]s + encodeURIComponent(v))[0]",
		inCount:  "[%[5]s].reduce((v, name) => v?.[name], JSON.parse(text))?.length && String(+PAGE + %[3]d)",
	},
}

func writeFetch(r *request, _ bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  const response = await fetch(%s, {\n    method: %s,\n    headers: [\n", r.url.javaScript(), quoteJavaScript(r.method))
	for _, h := range r.headers {
		fmt.Fprintf(&b, "      [%s, %s],\n", quoteJavaScript(h.name), h.value.javaScript())
	}
	if r.auth != nil {
		fmt.Fprintf(&b, "      [\"Authorization\", \"Basic \" + Buffer.from(%s).toString(\"base64\")],\n",
			r.auth.user.join(":", r.auth.password).javaScript())
	}
	b.WriteString("    ],\n")
	switch {
	case r.bodyInFile:
		fmt.Fprintf(&b, "    body: await readFile(%s),\n", quoteJavaScript(r.bodyFile))
	case r.hasBody:
		fmt.Fprintf(&b, "    body: %s,\n", r.body.expression(quoteJavaScript, map[bool]string{true: "encodeURIComponent(%s)", false: "%s"}[r.isForm], " + "))
	}
	return b.String() + javaScriptSend
}

func (t template) javaScript() string { return t.expression(quoteJavaScript, "%s", " + ") }
