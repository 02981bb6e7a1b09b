package codegen

import (
	"fmt"
	"slices"
	"strings"
)

const javaScriptSend = `    redirect: "manual",
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  console.log(response.status, text.slice(0, 500));
`

// javaScriptHelpers are the functions of programs.
var javaScriptHelpers = []helper{
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
}

var javaScriptReader = reader{
	inCookie: "given(cookie(response, %[1]s), %[1]s)", inScript: "decodeURIComponent(given(cookie(response, %[1]s), %[1]s))",
	inHeader: "given(response.headers.get(%[1]s), %[1]s)", inMember: "given(JSON.parse(text)%[5]s, \"the token\")",
	inLocation: "given(response.headers.get(%[1]s), %[1]s).split(\"/\").pop()",
	inWhole:    "text.trim().replaceAll(%[4]s, \"\")", inText: "unescape(given(text.split(%[2]s)[%[3]d], %[2]s).split(%[4]s)[0])",
}

// writeFetch writes a module for Node.js.
func writeFetch(requests []request, vars *variables) string {
	var b, head strings.Builder
	if slices.ContainsFunc(requests, func(r request) bool { return r.bodyInFile }) {
		head.WriteString("import { readFile } from \"node:fs/promises\";\n\n")
	}
	for _, v := range vars.list {
		value := fmt.Sprintf("given(process.env.%s, %s)", v.Name, quoteJavaScript(v.Name))
		if v.Default != "" {
			value = fmt.Sprintf("process.env.%s ?? %s", v.Name, quoteJavaScript(v.Default))
		}
		fmt.Fprintf(&b, "const %s = %s; // %s\n", v.Name, value, v.note())
	}
	for i := range requests {
		r := &requests[i]
		fmt.Fprintf(&b, "\n// %s\n{\n  const response = await fetch(%s, {\n    method: %s,\n    headers: [\n",
			r.title(), r.url.javaScript(), quoteJavaScript(r.method))
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
			fmt.Fprintf(&b, "    body: await readFile(%s),\n", quoteJavaScript(r.bodyFile()))
		case r.hasBody:
			fmt.Fprintf(&b, "    body: %s,\n", r.body.expression(quoteJavaScript, map[bool]string{true: "encodeURIComponent(%s)", false: "%s"}[r.isForm]))
		}
		b.WriteString(javaScriptSend)
		javaScriptReader.write(&b, vars.takes[i], "  var %s = %s;\n", quoteJavaScript)
		b.WriteString("}\n")
	}
	return head.String() + helpersOf(b.String(), javaScriptHelpers) + b.String()
}

func (t template) javaScript() string { return t.expression(quoteJavaScript, "%s") }
