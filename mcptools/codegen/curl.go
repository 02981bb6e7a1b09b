package codegen

import (
	"fmt"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/view"
)

// maxCurlBody is the size in bytes of the longest body that [Curl] writes.
const maxCurlBody = 8 << 10

// Curl writes the request of a redacted flow as a curl command for a POSIX shell.
func Curl(f *flow.Flow) string {
	var b strings.Builder
	b.WriteString("curl")
	text, incomplete, _, isText := view.BodyText(f.Request.Header, f.Request.Body)
	hasBody := len(f.Request.Body.Data) > 0 || f.Request.Body.Omitted != ""
	isShown := hasBody && isText && !incomplete && len(text) <= maxCurlBody && !decode.IsProtobuf(f.Request.Header.MediaType())
	url := view.Visible(f.Request.URL())
	b.WriteString(curlOptions(view.Visible(f.Request.Method), url, hasBody) + " " + quoteShell(url))
	for _, h := range f.Request.Header {
		if IsGeneratedHeader(h.Name) {
			continue
		}
		if user, password, ok := BasicCredentials(h.Name, h.Value); ok {
			b.WriteString(" -u " + quoteShell(view.Visible(user+":"+password)))
			continue
		}
		value := h.Value
		if isShown && strings.EqualFold(h.Name, "Content-Type") {
			value = utf8Type(value)
		}
		b.WriteString(" -H " + quoteShell(curlHeader(view.Visible(h.Name), view.Visible(value))))
	}
	if f.Request.Header.Has("Accept-Encoding") {
		b.WriteString(" --compressed")
	}
	switch {
	case !hasBody:
	case !isShown:
		b.WriteString(" --data-binary @body.bin # the body is not shown here")
	default:
		b.WriteString(" --data-raw " + quoteShell(text))
	}
	return view.Visible(b.String())
}

// curlOptions returns the options for the method, and those that stop curl from expanding patterns
// in the URL or removing dot segments from it.
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
		b.WriteString(" --head") // with --request HEAD curl would wait for a body
	case method != "GET" || hasBody:
		b.WriteString(" --request " + quoteShell(method))
	}
	return b.String()
}

// curlHeader writes a header line for curl, which marks an empty value by a semicolon.
func curlHeader(name, value string) string {
	if value == "" {
		return name + ";"
	}
	return name + ": " + value
}

// shellHelpers are the functions of scripts. line returns what follows a text in the header of an
// answer, as in a cookie.
var shellHelpers = []helper{
	{"$header", `
header=$(mktemp)
trap 'rm -f "$header"' EXIT
`},
	{"$(line ", `
line() {
  awk -v p="$1" '{ sub(/: */, ": ") } index(tolower($0), tolower(p)) == 1 { v = substr($0, length(p) + 1); sub(/[;\r].*/, "", v) } END { print v }' "$header"
}
`},
	{"$(text ", `
text() { # BEFORE NUMBER AFTER
  rest=$answer
  for _ in $(seq "$2"); do rest=${rest#*"$1"}; done
  printf %s "${rest%%"$3"*}" | sed 's/&#43;/+/g; s/&#x2[Bb];/+/g; s/&#61;/=/g; s/&amp;/\&/g; s,\\/,/,g'
}
`},
	{"$(encode ", `
encode() { printf %s "$1" | od -An -v -tx1 | tr -d '\n' | tr ' ' %; }
`},
}

var shellReader = reader{
	inCookie: "$(line 'Set-Cookie: '%[1]s=)", inHeader: "$(line %[1]s': ')",
	inScript:   "$(line 'Set-Cookie: '%[1]s= | sed 's/%%2[Bb]/+/g; s/%%2[Ff]/\\//g; s/%%3[Dd]/=/g; s/%%7[Cc]/|/g')",
	inLocation: "$(line %[1]s': ' | sed 's,.*/,,')",
	inWhole:    "$(printf %%s \"$answer\" | tr -d '\\r\\n '%[4]s)",
	inMember:   "$(text %[2]s %[3]d %[4]s)", inText: "$(text %[2]s %[3]d %[4]s)",
}

// writeCurl writes a shell script with one curl command for each request.
func writeCurl(requests []request, vars *variables) string {
	var head, b strings.Builder
	head.WriteString("#!/bin/sh\nset -eu\n")
	for _, v := range vars.list {
		otherwise := "?"
		if v.Default != "" {
			otherwise = "=" + v.Default
		}
		fmt.Fprintf(&head, ": \"${%s:%s}\"  # %s\n", v.Name, otherwise, v.note())
	}
	for i := range requests {
		r := &requests[i]
		format := "\n# %s\ncurl --silent --show-error --max-time 30%s\n"
		if len(vars.takes[i]) > 0 {
			format = "\n# %s\nanswer=$(curl --silent --show-error --max-time 30 --dump-header \"$header\"%s)\nprintf '%%s\\n' \"$answer\"\n"
		}
		fmt.Fprintf(&b, format, r.title(), curlArguments(r, `"$%s"`, `"$(encode "$%s")"`))
		shellReader.write(&b, vars.takes[i], "%s=%s\n: \"${%[1]s:?}\"\n", quoteShellVisible)
	}
	return head.String() + helpersOf(b.String(), shellHelpers) + b.String()
}

// CurlCommand writes the request of a redacted flow as one command to paste into a POSIX shell. It
// reads secrets from environment variables, and is not run without them.
func CurlCommand(f *flow.Flow) Program {
	requests, vars := link(Sequence{Flows: []flow.Flow{*f}})
	const variable = `"${%s:?}"`
	return Program{Language: writers["curl"].language, Code: view.Visible("curl" + curlArguments(&requests[0], variable, variable) + "\n"), Variables: append([]Variable{}, vars.list...)}
}

// curlArguments returns the arguments of a curl command, after a blank. variable and inForm are
// the formats of variables.
func curlArguments(r *request, variable, inForm string) string {
	var b strings.Builder
	b.WriteString(curlOptions(view.Visible(r.method), strings.Join(r.url, ""), r.hasBody) + " " + quoteShellTemplate(r.url, variable))
	for _, h := range r.headers {
		line := template{curlHeader(h.name, "")}
		if len(h.value) > 1 || h.value[0] != "" {
			line = template{h.name + ": "}.join("", h.value)
		}
		fmt.Fprintf(&b, " \\\n  --header %s", quoteShellTemplate(line, variable))
	}
	if r.auth != nil {
		user := quoteShellTemplate(r.auth.user.join(":", r.auth.password), variable)
		b.WriteString(" \\\n  " + strings.TrimLeft(authArguments[r.auth.scheme]["curl"]+" --user ", " ") + user)
	}
	switch {
	case r.bodyInFile || strings.Contains(strings.Join(r.body, ""), "\x00"): // an argument cannot contain NUL
		fmt.Fprintf(&b, " \\\n  --data-binary @%s", r.bodyFile())
	case r.hasBody:
		fmt.Fprintf(&b, " \\\n  --data-raw %s", quoteShellTemplate(r.body, map[bool]string{true: inForm, false: variable}[r.isForm]))
	}
	return b.String()
}
