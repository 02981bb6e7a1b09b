package codegen

import (
	"fmt"
	"slices"
	"strings"
)

const (
	javaScriptEnv = `function env(name) {
  const v = process.env[name];
  if (v === undefined) throw new Error(name + " is not set");
  return v;
}

`
	javaScriptSend = `    redirect: "manual",
    signal: AbortSignal.timeout(30_000),
  });
  console.log(response.status, (await response.text()).slice(0, 500));
}
`
)

// writeFetch writes a module for Node.js.
func writeFetch(requests []request, vars *variables) string {
	var b strings.Builder
	if slices.ContainsFunc(requests, func(r request) bool { return r.bodyInFile }) {
		b.WriteString("import { readFile } from \"node:fs/promises\";\n\n")
	}
	if len(vars.list) > 0 {
		b.WriteString(javaScriptEnv)
	}
	for _, v := range vars.list {
		fmt.Fprintf(&b, "// %s stands for %s\n", v.Name, v.remark())
	}
	for i := range requests {
		r := &requests[i]
		fmt.Fprintf(&b, "\n// %s\n{\n  const response = await fetch(%s, {\n    method: %s,\n    headers: [\n",
			r.title(), r.url.javaScript(), quoteJavaScript(r.method))
		for _, h := range r.headers {
			fmt.Fprintf(&b, "      [%s, %s],\n", quoteJavaScript(h.name), h.value.javaScript())
		}
		if r.basic != nil {
			fmt.Fprintf(&b, "      [\"Authorization\", \"Basic \" + Buffer.from(%s).toString(\"base64\")],\n",
				r.basic.user.join(":", r.basic.password).javaScript())
		}
		b.WriteString("    ],\n")
		switch {
		case r.bodyInFile:
			fmt.Fprintf(&b, "    body: await readFile(%s),\n", quoteJavaScript(r.bodyFile()))
		case r.hasBody:
			fmt.Fprintf(&b, "    body: %s,\n", r.body.javaScript())
		}
		b.WriteString(javaScriptSend)
	}
	return b.String()
}

func (t template) javaScript() string {
	return t.expression(quoteJavaScript, func(v string) string { return "env(" + quoteJavaScript(v) + ")" })
}
