package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/codegen"
)

// curlCommand returns a curl command that sends the request, for a POSIX shell. With control
// characters in the request it needs bash or zsh.
func curlCommand(r *flow.Request) string {
	var args []string
	url := r.URL()
	if strings.ContainsAny(url, "[]{}") {
		args = append(args, "--globoff") // otherwise curl expands them as patterns
	}
	if strings.Contains(r.Path, "/.") {
		args = append(args, "--path-as-is")
	}
	body := len(r.Body.Data) > 0
	if method := r.Method; method == http.MethodHead {
		args = append(args, "--head")
	} else if method != http.MethodGet && (method != http.MethodPost || !body) || method == http.MethodGet && body {
		args = append(args, "--request "+shellQuote(method))
	}
	args = append(args, shellQuote(url))
	args = append(args, curlHeaders(r)...)
	prefix := ""
	if body {
		if data := string(r.Body.Data); utf8.ValidString(data) && !strings.Contains(data, "\x00") {
			args = append(args, "--data-raw "+shellQuote(data))
		} else { // an argument cannot hold these bytes
			prefix = "echo " + base64.StdEncoding.EncodeToString(r.Body.Data) + " | base64 -d | "
			args = append(args, "--data-binary @-")
		}
	}
	return prefix + "curl " + strings.Join(args, " \\\n  ")
}

// curlHeaders returns --header arguments for the headers that curl does not send by itself. It
// leaves out invalid headers: curl reads an argument that starts with "@" as the name of a file.
func curlHeaders(r *flow.Request) []string {
	var out []string
	for _, f := range r.Header {
		if !httpguts.ValidHeaderFieldName(f.Name) || !httpguts.ValidHeaderFieldValue(f.Value) {
			continue
		}
		switch strings.ToLower(f.Name) {
		case "content-length", "connection", "transfer-encoding", "proxy-connection":
			continue
		case "host":
			if r.ForeignHost() == "" {
				continue
			}
		case "accept-encoding":
			out = append(out, "--compressed")
			continue
		}
		if user, password, ok := codegen.BasicCredentials(f.Name, f.Value); ok { // decoded by the redactor
			out = append(out, "--user "+shellQuote(user+":"+password))
			continue
		}
		line := f.Name + ": " + f.Value
		if f.Value == "" {
			line = f.Name + ";" // the syntax of curl for an empty header
		}
		out = append(out, "--header "+shellQuote(line))
	}
	return out
}

// shellQuote quotes one argument for a shell. Control and invisible characters become escape
// sequences, so that they have no effect on a terminal.
func shellQuote(s string) string {
	if visible.Log(s) == s && !strings.ContainsAny(s, "\n\t") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(s) {
		switch {
		case c == '\\' || c == '\'':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7f || c == '[': // "##[" may be a command to what reads the output
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteString("'")
	return b.String()
}
