package codegen

import (
	"fmt"
	"slices"
	"strings"
)

// pythonLibrary is a library that sends requests. Indentation is written as tabs.
type pythonLibrary struct {
	imports string
	open    string // what the requests stand in
	request string // a format of method, URL and further arguments, which prints the answer
	body    string // the name of the argument with the body
	// Expressions for the cookie of a name, the decoded JSON and the text of an answer.
	cookie, decoded, text string
}

// sessionOf returns a library with the sessions of requests.
func sessionOf(imports, open, body, redirects string) pythonLibrary {
	return pythonLibrary{
		imports, "with " + open + " as session:\n\t",
		"response = session.request(\n\t%[1]s,\n\t%[2]s,\n%[3]s\t" + redirects + "=False,\n\ttimeout=30,\n)\n" +
			"print(response.status_code, response.text[:500])\n",
		body, "response.cookies[%[1]s]", "response.json()", "response.text",
	}
}

var aiohttp = pythonLibrary{
	"import aiohttp",
	"\nasync def main():\n\tasync with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:\n\t\t",
	"response = await session.request(\n\t%[1]s,\n\t%[2]s,\n%[3]s\tallow_redirects=False,\n)\n" +
		"print(response.status, (await response.text())[:500])\n",
	"data", "response.cookies[%[1]s].coded_value", "(await response.json(content_type=None))", "(await response.text())",
}

// playwright has no cookies of a response.
var playwright = pythonLibrary{
	"from playwright.sync_api import sync_playwright", "with sync_playwright() as p:\n\tcontext = p.request.new_context()\n\t",
	"response = context.fetch(\n\t%[2]s,\n\tmethod=%[1]s,\n%[3]s\tmax_redirects=0,\n\ttimeout=30_000,\n)\n" +
		"print(response.status, response.text()[:500])\n",
	"data", `dict(h["value"].split(";")[0].split("=", 1) for h in response.headers_array if h["name"].lower() == "set-cookie")[%[1]s]`,
	"response.json()", "response.text()",
}

// pythonHelpers are the parts before the import of a library.
var pythonHelpers = []helper{
	{"asyncio.run(", "import asyncio\n"}, {"base64.b64encode(", "import base64\n"}, {"html.unescape(", "import html\n"},
	{"os.environ", "import os\n"}, {"reduce(", "from functools import reduce\n"},
	{`, safe="")`, "from urllib.parse import quote\n"}, {"unquote(", "from urllib.parse import unquote\n"},
	{"(aiohttp.DigestAuthMiddleware(", "\n# aiohttp 3.12 or later\n"},
	{"=requests_gssapi.", "\nimport requests_gssapi  # pip install requests-gssapi\n"},
	{"=httpx_gssapi.", "\nimport httpx_gssapi  # pip install httpx-gssapi\n"},
}

// write writes a program: the imports of the library, the variables, which must be set, and the
// requests.
func (p pythonLibrary) write(requests []request, vars *variables) string {
	member := "reduce(lambda v, name: v and v.get(name), [%[5]s], " + p.decoded + ")"
	d := dialect{
		quote: quotePython, helpers: append(slices.Clip(pythonHelpers), helper{"", "\n" + p.imports + "\n\n"}),
		variable: "%[1]s = os.environ[\"%[1]s\"]  # %[3]s\n", optional: "%[1]s = os.environ.get(\"%[1]s\", %[2]s)  # %[3]s\n",
		open: "\n" + p.open, margin: p.open[strings.LastIndexByte(p.open, '\n'):], title: "# %s\n",
		loopOpen: "PAGE = %s\nfor n in range(20):  # pages at most\n\tif n and not PAGE:\n\t\tbreak\n\t", loopMargin: "\n\t", assignment: "%s = %s\n",
		request: func(r *request, _ bool) string {
			return fmt.Sprintf(p.request, quotePython(r.method), r.url.python(), p.arguments(r))
		},
		read: reader{
			inCookie: p.cookie, inScript: "unquote(" + p.cookie + ")", inHeader: "response.headers[%[1]s]",
			inLocation: "response.headers[%[1]s].rsplit(\"/\", 1)[-1]",
			inMember:   "str(" + p.decoded + "%[5]s)", inText: "html.unescape(" + p.text + ".split(%[2]s)[%[3]d].split(%[4]s)[0])",
			inWhole:  p.text + ".strip().strip(%[4]s)",
			inCursor: "\"\".join(%[4]s + quote(str(v), safe=\"\") for v in [" + member + "] if v)",
			inCount:  member + " and str(int(PAGE) + %[3]d)",
		},
	}
	if strings.Contains(p.open, "def main") {
		d.end = "\n\nasyncio.run(main())\n"
	}
	return strings.ReplaceAll(strings.TrimPrefix(d.write(requests, vars), "\n"), "\t", "    ")
}

// arguments writes the arguments of a request after its method and URL. A library that sends
// credentials only when a server asks for them gets those of Basic as a header.
func (p pythonLibrary) arguments(r *request) string {
	var b strings.Builder
	isHeader := r.auth != nil && r.auth.argument == ""
	if len(r.headers) > 0 || isHeader {
		b.WriteString("\theaders={\n")
		for _, h := range oncePerName(r.headers) {
			fmt.Fprintf(&b, "\t\t%s: %s,\n", quotePython(h.name), h.value.python())
		}
		if isHeader {
			fmt.Fprintf(&b, "\t\t\"Authorization\": \"Basic \" + base64.b64encode((%s).encode()).decode(),\n", r.auth.user.join(":", r.auth.password).python())
		}
		b.WriteString("\t},\n")
	}
	switch {
	case r.bodyInFile:
		fmt.Fprintf(&b, "\t%s=open(%s, \"rb\").read(),  # save the body of flow %d in this file\n", p.body, quotePython(r.bodyFile), r.id)
	case r.hasBody:
		fmt.Fprintf(&b, "\t%s=(%s).encode(),\n", p.body, r.body.expression(quotePython, map[bool]string{true: `quote(%s, safe="")`, false: "%s"}[r.isForm], " + "))
	}
	if r.auth != nil && !isHeader {
		b.WriteString("\t" + strings.NewReplacer("USER", r.auth.user.python(), "PASSWORD", r.auth.password.python()).Replace(r.auth.argument) + ",\n")
	}
	return b.String()
}

func (t template) python() string { return t.expression(quotePython, "%s", " + ") }

// oncePerName joins the header lines of each name with commas (RFC 9110, section 5.3), cookies with
// semicolons. A Python dict has one value for each name.
func oncePerName(list []header) (out []header) {
	values := map[string][]template{} // by name in lower case
	for _, h := range list {
		name := strings.ToLower(h.name)
		if values[name] == nil {
			out = append(out, h)
		}
		values[name] = append(values[name], h.value)
	}
	for i := range out {
		name := strings.ToLower(out[i].name)
		out[i].value = joinAll(map[bool]string{true: "; ", false: ", "}[name == "cookie"], values[name])
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
