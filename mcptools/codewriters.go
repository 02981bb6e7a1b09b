package mcptools

import (
	"fmt"
	"go/format"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// writer writes calls in one language with one library.
type writer struct {
	language string
	write    func(calls []call, vars *variables) string
}

var writers = map[string]writer{
	"curl_cffi":  {"python", python{head: "from curl_cffi import requests", open: "requests.Session(impersonate=\"chrome\")", data: "data"}.write},
	"requests":   {"python", python{head: "import requests", open: "requests.Session()", data: "data", redirects: "allow_redirects"}.write},
	"httpx":      {"python", python{head: "import httpx", open: "httpx.Client()", data: "content", redirects: "follow_redirects"}.write},
	"aiohttp":    {"python", writeAiohttp},
	"playwright": {"python", writePlaywright},
	"curl":       {"shell", writeCurl},
	"go":         {"go", writeGo},
	"fetch":      {"javascript", writeFetch},
}

// Strings of programs. Each writes every character that a reader would not see as an escape.

// quoteText is for Python and Go.
func quoteText(s string) string {
	return quoteWith(s, `\x%02x`, func(b *strings.Builder, r rune) {
		if r > 0xffff {
			fmt.Fprintf(b, `\U%08x`, r)
		} else {
			fmt.Fprintf(b, `\u%04x`, r)
		}
	})
}

func quoteJS(s string) string {
	return quoteWith(s, `\u00%02x`, func(b *strings.Builder, r rune) {
		for _, u := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(b, `\u%04x`, u)
		}
	})
}

// quoteWith writes s in double quotes. Bytes that are no UTF-8 are written in the form that stands for a byte of a
// header.
func quoteWith(s, byteForm string, escape func(*strings.Builder, rune)) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, byteForm, s[i])
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case hidden(r):
			escape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (t template) python() string {
	return t.expression(quoteText, func(v string) string { return v })
}

// pythonVariables reads the secrets, which must be there.
func pythonVariables(b *strings.Builder, vars *variables) {
	for _, v := range vars.list {
		fmt.Fprintf(b, "%s = os.environ[%s]  # %s\n", v.Name, quoteText(v.Name), comment(v.StandsFor))
	}
}

func pythonHead(head string, vars *variables) *strings.Builder {
	b := new(strings.Builder)
	if len(vars.list) > 0 {
		b.WriteString("import os\n\n")
	}
	b.WriteString(head + "\n\n")
	if len(vars.list) > 0 {
		pythonVariables(b, vars)
		b.WriteByte('\n')
	}
	return b
}

// pythonArguments are those of a request after its method and URL.
func pythonArguments(c *call, indent, data string) string {
	var b strings.Builder
	if len(c.headers) > 0 {
		b.WriteString(indent + "headers={\n")
		for _, h := range oncePerName(c.headers) {
			fmt.Fprintf(&b, "%s    %s: %s,\n", indent, quoteText(h.name), h.value.python())
		}
		b.WriteString(indent + "},\n")
	}
	switch {
	case c.file:
		fmt.Fprintf(&b, "%s%s=open(%s, \"rb\").read(),  # the body of flow %d, to be put there\n", indent, data, quoteText(bodyFile(c)), c.id)
	case c.hasBody:
		fmt.Fprintf(&b, "%s%s=(%s).encode(),\n", indent, data, c.body.python())
	}
	return b.String()
}

// oncePerName joins lines of one name, as HTTP allows (RFC 9110, section 5.3); cookies are joined their way.
func oncePerName(list []headerTemplate) []headerTemplate {
	var out []headerTemplate
next:
	for _, h := range list {
		for i := range out {
			if strings.EqualFold(out[i].name, h.name) {
				sep := ", "
				if strings.EqualFold(h.name, "Cookie") {
					sep = "; "
				}
				out[i].value = out[i].value.join(sep, h.value)
				continue next
			}
		}
		out = append(out, h)
	}
	return out
}

// join puts o behind t.
func (t template) join(sep string, o template) template {
	out := append(template{}, t...)
	out[len(out)-1] += sep + o[0]
	return append(out, o[1:]...)
}

func bodyFile(c *call) string { return fmt.Sprintf("body-%d.bin", c.id) }

// python is a library whose sessions have request().
type python struct{ head, open, data, redirects string }

func (p python) write(calls []call, vars *variables) string {
	b := pythonHead(p.head, vars)
	fmt.Fprintf(b, "with %s as session:\n", p.open)
	for i := range calls {
		c := &calls[i]
		fmt.Fprintf(b, "    # %s\n    response = session.request(\n        %s,\n        %s,\n%s", c.title(), quoteText(c.method), c.url.python(), pythonArguments(c, "        ", p.data))
		if p.redirects != "" {
			fmt.Fprintf(b, "        %s=False,\n", p.redirects)
		}
		b.WriteString("        timeout=30,\n    )\n    print(response.status_code, response.text[:500])\n")
	}
	return b.String()
}

func writeAiohttp(calls []call, vars *variables) string {
	b := pythonHead("import asyncio\n\nimport aiohttp", vars)
	b.WriteString("\nasync def main():\n    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:\n")
	for i := range calls {
		c := &calls[i]
		fmt.Fprintf(b, "        # %s\n        async with session.request(\n            %s,\n            %s,\n%s            allow_redirects=False,\n        ) as response:\n            print(response.status, (await response.text())[:500])\n",
			c.title(), quoteText(c.method), c.url.python(), pythonArguments(c, "            ", "data"))
	}
	b.WriteString("\n\nasyncio.run(main())\n")
	return b.String()
}

func writePlaywright(calls []call, vars *variables) string {
	b := pythonHead("from playwright.sync_api import sync_playwright", vars)
	b.WriteString("with sync_playwright() as p:\n    context = p.request.new_context()\n")
	for i := range calls {
		c := &calls[i]
		fmt.Fprintf(b, "    # %s\n    response = context.fetch(\n        %s,\n        method=%s,\n%s        max_redirects=0,\n        timeout=30_000,\n    )\n    print(response.status, response.text()[:500])\n",
			c.title(), c.url.python(), quoteText(c.method), pythonArguments(c, "        ", "data"))
	}
	b.WriteString("    context.dispose()\n")
	return b.String()
}

// quoteShell makes one word of a template: literals in single quotes, variables in double ones.
func quoteShell(t template) string {
	var b strings.Builder
	for i, s := range t {
		switch {
		case i%2 == 1:
			b.WriteString(`"$` + s + `"`)
		case s != "" || len(t) == 1:
			b.WriteString(quoteHidden(s))
		}
	}
	return b.String()
}

// quoteHidden quotes a text for a POSIX shell, with what a reader would not see written as octal numbers.
func quoteHidden(s string) string {
	var b strings.Builder
	plain := 0 // where the text begins that is not written yet
	flush := func(end int) {
		if end > plain {
			b.WriteString(quote(s[plain:end]))
		}
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || hidden(r) {
			flush(i)
			b.WriteString(`"$(printf '`)
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
			b.WriteString(`')"`)
			plain = i + n
		}
		i += n
	}
	if flush(len(s)); s == "" {
		return "''"
	}
	return b.String()
}

// curlOptions are those that keep curl from taking an address for a pattern or making it shorter, and those of a
// method.
func curlOptions(method, url string, hasBody bool) string {
	var b strings.Builder
	if strings.ContainsAny(url, "[]{}") {
		b.WriteString(" --globoff")
	}
	if strings.Contains(url, "/.") {
		b.WriteString(" --path-as-is")
	}
	switch {
	case method == "HEAD" && !hasBody:
		b.WriteString(" --head") // else it waits for a body
	case method != "GET" || hasBody:
		b.WriteString(" --request " + quote(method))
	}
	return b.String()
}

// curlHeader is a header line for curl, which takes an empty one with a semicolon alone.
func curlHeader(name, value string) string {
	if value == "" {
		return name + ";"
	}
	return name + ": " + value
}

func writeCurl(calls []call, vars *variables) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset -eu\n")
	for _, v := range vars.list {
		fmt.Fprintf(&b, ": \"${%s:?}\"  # %s\n", v.Name, comment(v.StandsFor))
	}
	for i := range calls {
		c := &calls[i]
		fmt.Fprintf(&b, "\n# %s\ncurl --silent --show-error --max-time 30%s %s",
			c.title(), curlOptions(visible(c.method), strings.Join(c.url, ""), c.hasBody), quoteShell(c.url))
		for _, h := range c.headers {
			line := template{curlHeader(h.name, "")}
			if len(h.value) > 1 || h.value[0] != "" {
				line = template{h.name + ": "}.join("", h.value)
			}
			fmt.Fprintf(&b, " \\\n  --header %s", quoteShell(line))
		}
		switch {
		case c.file || strings.Contains(strings.Join(c.body, ""), "\x00"): // no argument can have that
			fmt.Fprintf(&b, " \\\n  --data-binary @%s", bodyFile(c))
		case c.hasBody:
			fmt.Fprintf(&b, " \\\n  --data-raw %s", quoteShell(c.body))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func writeGo(calls []call, vars *variables) string {
	expr := func(t template) string {
		return t.expression(quoteText, func(v string) string { return "env(" + strconv.Quote(v) + ")" })
	}
	var b strings.Builder
	imports := []string{`"fmt"`, `"io"`, `"log"`, `"net/http"`, `"time"`}
	files, bodies := false, false
	for i := range calls {
		files = files || calls[i].file
		bodies = bodies || calls[i].hasBody && !calls[i].file
	}
	if bodies {
		imports = append(imports, `"strings"`)
	}
	if files || len(vars.list) > 0 {
		imports = append(imports, `"os"`)
	}
	fmt.Fprintf(&b, "package main\n\nimport (\n%s\n)\n\n", strings.Join(imports, "\n"))
	for _, v := range vars.list {
		fmt.Fprintf(&b, "// %s stands for %s.\n", v.Name, comment(v.StandsFor))
	}
	b.WriteString("func main() {\n\tclient := &http.Client{\n\t\tTimeout: 30 * time.Second,\n\t\tCheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },\n\t}\n")
	for i := range calls {
		c := &calls[i]
		content := "nil"
		fmt.Fprintf(&b, "\n\t// %s\n\t{\n", c.title())
		switch {
		case c.file:
			fmt.Fprintf(&b, "\tbody, err := os.Open(%q)\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n", bodyFile(c))
			content = "body"
		case c.hasBody:
			content = "strings.NewReader(" + expr(c.body) + ")"
		}
		fmt.Fprintf(&b, "\treq, err := http.NewRequest(%s, %s, %s)\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n", quoteText(c.method), expr(c.url), content)
		for _, h := range c.headers {
			fmt.Fprintf(&b, "\treq.Header.Add(%s, %s)\n", quoteText(h.name), expr(h.value))
		}
		b.WriteString("\tsend(client, req)\n\t}\n")
	}
	b.WriteString("}\n\nfunc send(client *http.Client, req *http.Request) {\n\tresp, err := client.Do(req)\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n\tdefer resp.Body.Close()\n\tdata, err := io.ReadAll(io.LimitReader(resp.Body, 500))\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n\tfmt.Println(resp.StatusCode, string(data))\n}\n")
	if len(vars.list) > 0 {
		b.WriteString("\nfunc env(name string) string {\n\tv, ok := os.LookupEnv(name)\n\tif !ok {\n\t\tlog.Fatalf(\"%s is not set\", name)\n\t}\n\treturn v\n}\n")
	}
	out, err := format.Source([]byte(b.String()))
	if err != nil {
		return b.String() // a comment's odd text at worst: the code itself is always well formed
	}
	return string(out)
}

func writeFetch(calls []call, vars *variables) string {
	expr := func(t template) string {
		return t.expression(quoteJS, func(v string) string { return "env(" + quoteJS(v) + ")" })
	}
	var b strings.Builder
	for i := range calls {
		if calls[i].file {
			b.WriteString("import { readFile } from \"node:fs/promises\";\n\n")
			break
		}
	}
	if len(vars.list) > 0 {
		b.WriteString("function env(name) {\n  const v = process.env[name];\n  if (v === undefined) throw new Error(name + \" is not set\");\n  return v;\n}\n\n")
	}
	for _, v := range vars.list {
		fmt.Fprintf(&b, "// %s stands for %s\n", v.Name, comment(v.StandsFor))
	}
	for i := range calls {
		c := &calls[i]
		fmt.Fprintf(&b, "\n// %s\n{\n  const response = await fetch(%s, {\n    method: %s,\n    headers: [\n", c.title(), expr(c.url), quoteJS(c.method))
		for _, h := range c.headers {
			fmt.Fprintf(&b, "      [%s, %s],\n", quoteJS(h.name), expr(h.value))
		}
		b.WriteString("    ],\n")
		switch {
		case c.file:
			fmt.Fprintf(&b, "    body: await readFile(%s),\n", quoteJS(bodyFile(c)))
		case c.hasBody:
			fmt.Fprintf(&b, "    body: %s,\n", expr(c.body))
		}
		b.WriteString("    redirect: \"manual\",\n    signal: AbortSignal.timeout(30_000),\n  });\n  console.log(response.status, (await response.text()).slice(0, 500));\n}\n")
	}
	return b.String()
}
