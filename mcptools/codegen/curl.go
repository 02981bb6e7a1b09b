package codegen

import (
	"fmt"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/view"
)

// maxCurlBody is the size in bytes of the longest body that [Curl] writes.
const maxCurlBody = 8 << 10

// curlHeaders are the header lines that curl generates. The command writes the body decoded, so it
// has no Content-Encoding.
var curlHeaders = map[string]bool{
	"host": true, "content-length": true, "connection": true, "proxy-connection": true, "transfer-encoding": true,
	"accept-encoding": true, "keep-alive": true, "te": true, "upgrade": true, "content-encoding": true,
}

// Curl writes the request of a redacted flow as a curl command for a POSIX shell.
func Curl(f *flow.Flow) string {
	var b strings.Builder
	b.WriteString("curl")
	text, incomplete, _, isText := view.BodyText(f.Request.Header, f.Request.Body)
	hasBody := len(f.Request.Body.Data) > 0 || f.Request.Body.Omitted != ""
	isShown := hasBody && isText && !incomplete && len(text) <= maxCurlBody
	url := view.Visible(f.Request.URL())
	b.WriteString(curlOptions(view.Visible(f.Request.Method), url, hasBody) + " " + quoteShell(url))
	for _, h := range f.Request.Header {
		if curlHeaders[strings.ToLower(h.Name)] {
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

// writeCurl writes a shell script with one curl command for each request.
func writeCurl(requests []request, vars *variables) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset -eu\n")
	for _, v := range vars.list {
		fmt.Fprintf(&b, ": \"${%s:?}\"  # %s\n", v.Name, v.remark())
	}
	for i := range requests {
		r := &requests[i]
		fmt.Fprintf(&b, "\n# %s\ncurl --silent --show-error --max-time 30%s\n", r.title(), curlArguments(r))
	}
	return b.String()
}

// CurlCommand writes the request of a redacted flow as one command to paste into a POSIX shell. It
// reads secrets from environment variables, and is not run without them.
func CurlCommand(f *flow.Flow) Program {
	vars := &variables{}
	r := newRequest(f, vars)
	for _, t := range r.templates() {
		for i := 1; i < len(t); i += 2 {
			t[i] = "{" + t[i] + ":?}"
		}
	}
	return Program{Language: writers["curl"].language, Code: view.Visible("curl" + curlArguments(&r) + "\n"), Variables: append([]Variable{}, vars.list...)}
}

// templates returns the parts of a request that curl has.
func (r *request) templates() []template {
	out := []template{r.url, r.body}
	if r.basic != nil {
		out = append(out, r.basic.user, r.basic.password)
	}
	for _, h := range r.headers {
		out = append(out, h.value)
	}
	return out
}

// curlArguments returns the arguments of a curl command, after a blank.
func curlArguments(r *request) string {
	var b strings.Builder
	b.WriteString(curlOptions(view.Visible(r.method), strings.Join(r.url, ""), r.hasBody) + " " + quoteShellTemplate(r.url))
	for _, h := range r.headers {
		line := template{curlHeader(h.name, "")}
		if len(h.value) > 1 || h.value[0] != "" {
			line = template{h.name + ": "}.join("", h.value)
		}
		fmt.Fprintf(&b, " \\\n  --header %s", quoteShellTemplate(line))
	}
	if r.basic != nil {
		fmt.Fprintf(&b, " \\\n  --user %s", quoteShellTemplate(r.basic.user.join(":", r.basic.password)))
	}
	switch {
	case r.bodyInFile || strings.Contains(strings.Join(r.body, ""), "\x00"): // an argument cannot contain NUL
		fmt.Fprintf(&b, " \\\n  --data-binary @%s", r.bodyFile())
	case r.hasBody:
		fmt.Fprintf(&b, " \\\n  --data-raw %s", quoteShellTemplate(r.body))
	}
	return b.String()
}
