package codegen

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/view"
)

// curlForm is how arguments are written: what stands between them, the names of options, and the
// formats of variables.
type curlForm struct{ separator, header, user, variable, inForm string }

// maxCurlBody is the size in bytes of the longest body that [Curl] writes on one line.
const maxCurlBody = 8 << 10

// Curl writes the request of a flow as a curl command for a POSIX shell, with secrets as the flow
// has them. It is on one line, without a body that is long or no text. If it may be long, it has a
// line for each argument, and any body.
func Curl(f *flow.Flow, mayBeLong bool) string {
	r := newRequest(f, &variables{Sequence: Sequence{Flows: []flow.Flow{*f}}, isVerbatim: true})
	form, limit, pipe, note := curlForm{separator: " ", header: "-H", user: "-u"}, int64(maxCurlBody), "", ""
	if mayBeLong {
		form, limit = curlForm{separator: " \\\n  ", header: "--header", user: "--user"}, 0
	}
	data, complete, err := decode.Body(f.Request.Header, f.Request.Body, limit)
	media := f.Request.Header.MediaType()
	switch isText := view.IsText(media, data) && !decode.IsProtobuf(media) && !bytes.Contains(data, []byte{0}) && utf8.Valid(data); {
	case !r.hasBody:
	case f.Request.Body.Omitted != "" || err != nil || !complete || !isText && !mayBeLong:
		r.bodyInFile, r.bodyFile, note = true, "body.bin", " # the body is not shown here"
	case isText:
		r.bodyInFile, r.body = false, template{string(data)}
	default: // an argument cannot contain these bytes
		r.bodyInFile, r.bodyFile, pipe = true, "-", "echo "+base64.StdEncoding.EncodeToString(data)+" | base64 -d | "
	}
	if f.Request.Header.Has("Accept-Encoding") {
		note = form.separator + "--compressed" + note
	}
	return view.Visible(pipe + "curl" + curlArguments(&r, form) + note)
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

// curl writes shell scripts. Their functions read the last answer: line returns what follows a
// text in its header, as in a cookie.
var curl = dialect{
	quote: quoteShellVisible,
	helpers: []helper{
		{"", "#!/bin/sh\nset -eu\n"},
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
		{"$(cursor ", `
cursor() { # MEMBER PARAMETER
  value=$(printf %s "$answer" | tr -d '\n' | sed -n 's,\\/,/,g; s/.*"'"$1"'" *: *"\{0,1\}\([^",}]*\).*/\1/p')
  case $value in '' | null | false) echo end ;; *) echo "$2$(encode "$value")" ;; esac
}
`},
	},
	variable: ": \"${%[1]s:?}\"  # %[3]s\n", optional: ": \"${%[1]s:=%[2]s}\"  # %[3]s\n", margin: "\n", title: "\n# %s\n",
	loopOpen: "PAGE=%s\nfor _ in $(seq 20); do  # pages at most\n[ \"$PAGE\" != end ] || break\n", loopMargin: "\n", loopEnd: "done\n",
	assignment: "%s=%s\n: \"${%[1]s:?}\"\n",
	request: func(r *request, isRead bool) string {
		format := "curl --silent --show-error --max-time 30%s\n"
		if isRead {
			format = "answer=$(curl --silent --show-error --max-time 30 --dump-header \"$header\"%s)\nprintf '%%s\\n' \"$answer\"\n"
		}
		return fmt.Sprintf(format, curlArguments(r, curlForm{" \\\n  ", "--header", "--user", `"$%s"`, `"$(encode "$%s")"`}))
	},
	read: reader{
		inCookie: "$(line 'Set-Cookie: '%[1]s=)", inHeader: "$(line %[1]s': ')", inLocation: "$(line %[1]s': ' | sed 's,.*/,,')",
		inScript: "$(line 'Set-Cookie: '%[1]s= | sed 's/%%2[Bb]/+/g; s/%%2[Ff]/\\//g; s/%%3[Dd]/=/g; s/%%7[Cc]/|/g')",
		inWhole:  "$(printf %%s \"$answer\" | tr -d '\\r\\n '%[4]s)",
		inMember: "$(text %[2]s %[3]d %[4]s)", inText: "$(text %[2]s %[3]d %[4]s)",
		inCursor: "$(cursor %[2]s %[4]s)",
		inCount:  "$(case '\"\":'$(printf %%s \"$answer\" | tr -d ' \\r\\n') in *%[2]s*) echo end ;; *) echo $((PAGE + %[3]d)) ;; esac)",
	},
}

// CurlCommand writes the request of a redacted flow as one command to paste into a POSIX shell. It
// reads secrets from environment variables, and is not run without them.
func CurlCommand(f *flow.Flow) Program {
	requests, vars := link(Sequence{Flows: []flow.Flow{*f}})
	const variable = `"${%s:?}"`
	return Program{Language: writers["curl"].language, Code: view.Visible("curl" + curlArguments(&requests[0], curlForm{" \\\n  ", "--header", "--user", variable, variable}) + "\n"), Variables: append([]Variable{}, vars.list...)}
}

// curlArguments returns the arguments of a curl command, after a blank.
func curlArguments(r *request, form curlForm) string {
	var b strings.Builder
	b.WriteString(curlOptions(view.Visible(r.method), strings.Join(r.url, ""), r.hasBody) + " " + r.url.shell(form.variable))
	add := func(option, value string) { b.WriteString(form.separator + option + " " + value) }
	for _, h := range r.headers {
		line := template{h.name + ";"} // marks an empty value
		if len(h.value) > 1 || h.value[0] != "" {
			line = template{h.name + ": "}.join("", h.value)
		}
		add(form.header, line.shell(form.variable))
	}
	if r.auth != nil {
		add(strings.TrimLeft(authArguments[r.auth.scheme]["curl"]+" "+form.user, " "), r.auth.user.join(":", r.auth.password).shell(form.variable))
	}
	switch {
	case r.bodyInFile || strings.Contains(strings.Join(r.body, ""), "\x00"): // an argument cannot contain NUL
		add("--data-binary", "@"+r.bodyFile)
	case r.hasBody:
		add("--data-raw", r.body.shell(map[bool]string{true: form.inForm, false: form.variable}[r.isForm]))
	}
	return b.String()
}
