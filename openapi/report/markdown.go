package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

// maxRows bounds the rows, because comments of code hosts have a limit (GitHub: 65,536 characters).
const maxRows = 200

// writeMarkdown writes a summary for comments and job summaries of code hosts.
func (r *Report) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n", markdown(r.Title), markdown(r.Summary))
	if len(r.Findings) > 0 {
		b.WriteString("\n| | operation | what | rule |\n| --- | --- | --- | --- |\n")
	}
	for i := range r.Findings {
		if i == maxRows {
			fmt.Fprintf(&b, "\n%d more are not listed here.\n", len(r.Findings)-i)
			break
		}
		f := &r.Findings[i]
		message := f.Message
		if f.Where != "" {
			message = f.Where + ": " + message
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Level, code(f.Operation), markdown(message), code(f.Rule))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// escapes are the characters that mean something in GitHub's Markdown. A blank without width keeps
// code hosts from finding mentions, issues and addresses, for which they look in the text of the
// page, where an escaped character is like any other.
var escapes = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
	"#", `\#`+noWidth, "~", `\~`, "@", "@"+noWidth, "!", `\!`+noWidth, "://", ":"+noWidth+"//", "www.", "www"+noWidth+".",
)

// noWidth is a character without width.
const noWidth = "&#8203;"

// markdown escapes text, so that none of it is markup, mentions somebody or ends a cell.
func markdown(s string) string { return escapes.Replace(visible.Line(s)) }

// code formats text as code. A cell cannot hold a bar or an accent in code, so such text is escaped
// instead.
func code(s string) string {
	switch s = visible.Line(s); {
	case s == "":
		return ""
	case strings.ContainsAny(s, "`|"):
		return escapes.Replace(s)
	}
	return "`" + s + "`"
}
