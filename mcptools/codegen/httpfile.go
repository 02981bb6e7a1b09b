package codegen

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/mcptools/view"
)

// writeHTTPFile writes requests for the HTTP clients of editors: .http files, as IntelliJ, VS Code
// (REST Client, httpYac) and Visual Studio read them. Secrets are variables at the top.
//
// In such a file lines can be commands: ### ends a request, < inserts a file, > runs a script, and
// {{ }} is a variable or code. Text of the capture that would be one is escaped, or left out.
func writeHTTPFile(requests []request, vars *variables) string {
	var b strings.Builder
	for _, v := range vars.list {
		fmt.Fprintf(&b, "# %s\n@%s =\n", v.remark(), v.Name)
	}
	for i := range requests {
		r := &requests[i]
		title := r.title()
		for strings.Contains(title, "{{") { // also in {{{, of which one pass leaves {{
			title = strings.ReplaceAll(title, "{{", "{ {")
		}
		fmt.Fprintf(&b, "\n### %s\n", title)
		fmt.Fprintf(&b, "%s %s\n", oneLine(view.Visible(r.method)), oneLine(r.url.braces(escapeURL)))
		for _, h := range r.headers {
			value, ok := h.value.literal()
			if !ok || !isPlainName(h.name) {
				writeLeftOut(&b, h.name)
				continue
			}
			fmt.Fprintf(&b, "%s: %s\n", oneLine(h.name), oneLine(value))
		}
		if r.basic != nil {
			user, ok := r.basic.user.literal()
			password, ok2 := r.basic.password.literal()
			if ok && ok2 {
				fmt.Fprintf(&b, "Authorization: Basic %s:%s\n", oneLine(user), oneLine(password))
			} else {
				writeLeftOut(&b, "Authorization")
			}
		}
		r.writeHTTPBody(&b)
	}
	return b.String()
}

// isPlainName reports whether a line that begins with the name of a header is one of a header.
// A name such as ### or & would begin another request or change the URL.
func isPlainName(name string) bool {
	return name != "" && ascii.IsAlnum(name[0]) &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return r >= utf8.RuneSelf || !ascii.IsAlnum(byte(r)) && !strings.ContainsRune("-_.", r)
		})
}

func writeLeftOut(b *strings.Builder, header string) {
	fmt.Fprintf(b, "# left out: a value of %s that this format cannot write\n", strings.ReplaceAll(comment(header), "{", "{ "))
}

// escapeURL escapes what would begin a variable, and what a reader would not see.
func escapeURL(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == '{' || isHiding(s[:n]) {
			for i := range n {
				fmt.Fprintf(&b, "%%%02X", s[i])
			}
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// isHiding reports whether a text has characters that a reader would not see. The format has no
// escapes for them.
func isHiding(s string) bool { return !utf8.ValidString(s) || strings.ContainsFunc(s, view.IsHidden) }

// writeHTTPBody writes the body after an empty line.
func (r *request) writeHTTPBody(b *strings.Builder) {
	if !r.hasBody {
		return
	}
	if r.bodyInFile {
		fmt.Fprintf(b, "\n< ./%s\n", r.bodyFile())
		return
	}
	text, ok := r.body.literal()
	for line := range strings.SplitSeq(text, "\n") {
		ok = ok && !isCommand(line)
	}
	if !ok || strings.Contains(text, "\r") {
		fmt.Fprintf(b, "\n# this format cannot write the body: put it in this file\n< ./%s\n", r.bodyFile())
		return
	}
	fmt.Fprintf(b, "\n%s\n", text)
}

// isCommand reports whether an editor may take a line of a body for a comment, a variable, a file
// or a script. Tags of XML begin with < and a letter.
func isCommand(line string) bool {
	line = strings.TrimLeft(line, " \t")
	if rest, ok := strings.CutPrefix(line, "<"); ok {
		return rest == "" || !strings.ContainsRune("/?!", rune(rest[0])) && !ascii.IsAlnum(rest[0])
	}
	return strings.HasPrefix(line, "//") || line != "" && strings.ContainsRune("#@>%?&", rune(line[0]))
}

// braces joins a template with its variables in braces. escape gets the literal parts.
func (t template) braces(escape func(string) string) string {
	var b strings.Builder
	for i, part := range t {
		if i%2 == 1 {
			b.WriteString("{{" + part + "}}")
		} else {
			b.WriteString(escape(part))
		}
	}
	return b.String()
}

// literal joins a template as braces does. ok is false if its text has braces of its own, which
// would be a variable or code, or characters that a reader would not see.
func (t template) literal() (text string, ok bool) {
	for i, part := range t {
		if i%2 == 0 && (isHiding(part) || strings.Contains(part, "{{") || i < len(t)-1 && strings.HasSuffix(part, "{")) {
			return "", false
		}
	}
	return t.braces(func(s string) string { return s }), true
}

// oneLine replaces line breaks, which would begin another line.
func oneLine(s string) string { return strings.NewReplacer("\r", "", "\n", " ").Replace(s) }
