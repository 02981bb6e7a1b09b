package page

import (
	_ "embed"
	"fmt"
	"html"
	"io"
	"strings"
	"text/template"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/visible"
)

//go:embed page.md.tmpl
var markdownText string

// Markdown writes doc as Markdown with tables (GitHub's flavour). Equal documents give equal bytes.
// All text of the document passes one of the functions of the template, which escape it.
func Markdown(w io.Writer, doc *openapi3.T) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"cell": cell, "prose": markdownProse, "type": markdownType, "indent": indent,
		"anchor": headingAnchor, "code": codeSpan,
	}).Parse(markdownText)
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	var b builder
	if err := t.Execute(&b, read(doc)); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	// The template has more blank lines than the page needs, to be readable itself.
	out := b.text.String()
	for strings.Contains(out, "\n\n\n") {
		out = strings.ReplaceAll(out, "\n\n\n", "\n\n")
	}
	_, err = io.WriteString(w, visible.Text(strings.TrimSpace(out)+"\n"))
	return err
}

// cell returns text as one line, which a cell of a table may contain.
func cell(s string) string {
	return strings.ReplaceAll(inlineMarkdown(strings.Join(strings.Fields(s), " ")), "|", `\|`)
}

// markdownType returns a type with links to the components in it.
func markdownType(k kind) string {
	var b strings.Builder
	for _, w := range k.Words {
		b.WriteString(typeText(w.Text))
		if w.Ref != "" {
			fmt.Fprintf(&b, "[%s](#%s)", cell(w.Ref), headingAnchor(w.Ref))
		}
	}
	out := strings.TrimSpace(b.String())
	for _, n := range k.Notes {
		out += "; " + cell(n)
	}
	return out
}

// typeText returns words of a type. It keeps the spaces at their ends.
func typeText(s string) string {
	return strings.ReplaceAll(escapeMarkdown(strings.NewReplacer("\n", " ", "\r", " ").Replace(s)), "|", `\|`)
}

// headingAnchor returns the anchor that Markdown renderers give to a heading.
func headingAnchor(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r > 0x7f:
			b.WriteRune(r)
		}
	}
	return html.EscapeString(b.String())
}

func indent(depth int) string { return strings.Repeat("&emsp;", depth) }
