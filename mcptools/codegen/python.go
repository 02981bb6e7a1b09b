package codegen

import (
	"fmt"
	"strings"
)

// pythonSession is a library whose sessions have a request method.
type pythonSession struct {
	head             string // the import statement
	open             string // the expression that opens a session
	bodyArgument     string // the name of the argument with the body
	redirectArgument string // the argument that follows redirects
}

// pythonReader returns the expressions of a library for a cookie, the decoded JSON and the text.
func pythonReader(cookie, decoded, text string) reader {
	return reader{
		inCookie: cookie, inScript: "unquote(" + cookie + ")", inHeader: "response.headers[%[1]s]",
		inMember: decoded + "%[5]s", inText: "html.unescape(" + text + ".split(%[2]s)[%[3]d].split(%[4]s)[0])",
		inWhole: text + ".strip().strip(%[4]s)",
	}
}

// pythonHelpers are the parts before the imports of a library.
var pythonHelpers = []helper{
	{"base64.b64encode(", "import base64\n"}, {"html.unescape(", "import html\n"}, {"os.environ[", "import os\n"},
	{`, safe="")`, "from urllib.parse import quote\n"}, {"unquote(", "from urllib.parse import unquote\n"},
	{"(aiohttp.DigestAuthMiddleware(", "\n# aiohttp 3.12 or later\n"},
	{"=requests_gssapi.", "\nimport requests_gssapi  # pip install requests-gssapi\n"},
	{"=httpx_gssapi.", "\nimport httpx_gssapi  # pip install httpx-gssapi\n"},
}

func (p pythonSession) write(requests []request, vars *variables) string {
	b := pythonHead(p.head, vars)
	fmt.Fprintf(b, "with %s as session:\n", p.open)
	for i := range requests {
		r := &requests[i]
		fmt.Fprintf(b, "    # %s\n    response = session.request(\n        %s,\n        %s,\n%s",
			r.title(), quotePython(r.method), r.url.python(), pythonArguments(r, "        ", p.bodyArgument))
		b.WriteString(r.auth.python("        "))
		fmt.Fprintf(b, "        %s=False,\n        timeout=30,\n    )\n    print(response.status_code, response.text[:500])\n", p.redirectArgument)
		pythonReader("response.cookies[%[1]s]", "response.json()", "response.text").write(b, vars.takes[i], "    %s = %s\n", quotePython)
	}
	return pythonProgram(b)
}

func writeAiohttp(requests []request, vars *variables) string {
	b := pythonHead("import asyncio\n\nimport aiohttp", vars)
	b.WriteString("\nasync def main():\n" +
		"    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:\n")
	for i := range requests {
		r := &requests[i]
		fmt.Fprintf(b, "        # %s\n        async with session.request(\n            %s,\n            %s,\n%s",
			r.title(), quotePython(r.method), r.url.python(), pythonArguments(r, "            ", "data"))
		b.WriteString(r.auth.python("            "))
		b.WriteString("            allow_redirects=False,\n        ) as response:\n" +
			"            print(response.status, (await response.text())[:500])\n")
		pythonReader("response.cookies[%[1]s].coded_value", "(await response.json(content_type=None))", "(await response.text())").
			write(b, vars.takes[i], "            %s = %s\n", quotePython)
	}
	b.WriteString("\n\nasyncio.run(main())\n")
	return pythonProgram(b)
}

// playwrightCookie is an expression for a cookie of a response, which has no cookies of its own.
const playwrightCookie = `dict(h["value"].split(";")[0].split("=", 1) for h in response.headers_array if h["name"].lower() == "set-cookie")[%[1]s]`

func writePlaywright(requests []request, vars *variables) string {
	b := pythonHead("from playwright.sync_api import sync_playwright", vars)
	b.WriteString("with sync_playwright() as p:\n    context = p.request.new_context()\n")
	for i := range requests {
		r := &requests[i]
		fmt.Fprintf(b, "    # %s\n    response = context.fetch(\n        %s,\n        method=%s,\n%s",
			r.title(), r.url.python(), quotePython(r.method), pythonArguments(r, "        ", "data"))
		b.WriteString("        max_redirects=0,\n        timeout=30_000,\n    )\n" +
			"    print(response.status, response.text()[:500])\n")
		pythonReader(playwrightCookie, "response.json()", "response.text()").write(b, vars.takes[i], "    %s = %s\n", quotePython)
	}
	b.WriteString("    context.dispose()\n")
	return pythonProgram(b)
}

// pythonProgram returns a program with the helpers that it uses.
func pythonProgram(b *strings.Builder) string {
	head := helpersOf(b.String(), pythonHelpers)
	if head != "" {
		head += "\n"
	}
	return head + b.String()
}

// pythonHead begins a program: the imports of a library, then the variables, which must be set.
func pythonHead(imports string, vars *variables) *strings.Builder {
	b := new(strings.Builder)
	b.WriteString(imports + "\n\n")
	for _, v := range vars.list {
		fmt.Fprintf(b, "%s = os.environ[%s]  # %s\n", v.Name, quotePython(v.Name), comment(v.StandsFor))
	}
	if len(vars.list) > 0 {
		b.WriteByte('\n')
	}
	return b
}

// pythonArguments writes the arguments of a request after its method and URL. A library that sends
// credentials only when a server asks for them gets those of Basic as a header.
func pythonArguments(r *request, indent, bodyArgument string) string {
	var b strings.Builder
	isHeader := r.auth != nil && r.auth.argument == ""
	if len(r.headers) > 0 || isHeader {
		b.WriteString(indent + "headers={\n")
		for _, h := range oncePerName(r.headers) {
			fmt.Fprintf(&b, "%s    %s: %s,\n", indent, quotePython(h.name), h.value.python())
		}
		if isHeader {
			fmt.Fprintf(&b, "%s    \"Authorization\": \"Basic \" + base64.b64encode((%s).encode()).decode(),\n", indent,
				r.auth.user.join(":", r.auth.password).python())
		}
		b.WriteString(indent + "},\n")
	}
	switch {
	case r.bodyInFile:
		fmt.Fprintf(&b, "%s%s=open(%s, \"rb\").read(),  # save the body of flow %d in this file\n",
			indent, bodyArgument, quotePython(r.bodyFile()), r.id)
	case r.hasBody:
		fmt.Fprintf(&b, "%s%s=(%s).encode(),\n", indent, bodyArgument, r.body.expression(quotePython, map[bool]string{true: `quote(%s, safe="")`, false: "%s"}[r.isForm]))
	}
	return b.String()
}

func (t template) python() string { return t.expression(quotePython, "%s") }

// oncePerName joins the header lines of each name with commas (RFC 9110, section 5.3), cookies with
// semicolons. A Python dict has one value for each name.
func oncePerName(list []header) []header {
	var out []header
	values, at := [][]template{}, map[string]int{} // by name in lower case
	for _, h := range list {
		name := strings.ToLower(h.name)
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out, values = append(out, h), append(values, nil)
		}
		values[i] = append(values[i], h.value)
	}
	for i := range out {
		sep := ", "
		if strings.EqualFold(out[i].name, "Cookie") {
			sep = "; "
		}
		out[i].value = joinAll(sep, values[i])
	}
	return out
}

// joinAll concatenates templates with sep between them.
func joinAll(sep string, all []template) template {
	var out template
	var text strings.Builder // the literal text so far, behind the last variable
	for i, t := range all {
		if i > 0 {
			text.WriteString(sep)
		}
		for j, part := range t {
			if j%2 == 0 {
				text.WriteString(part)
				continue
			}
			out = append(out, text.String(), part)
			text.Reset()
		}
	}
	return append(out, text.String())
}
