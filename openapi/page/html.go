package page

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"io"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed page.html.tmpl
var htmlText string

// HTML writes doc as one HTML file, which loads nothing from elsewhere. Equal documents give equal bytes.
func HTML(w io.Writer, doc *openapi3.T) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"prose": prose, "path": pathHTML, "lower": strings.ToLower, "pad": func(depth int) int { return depth * 20 }, "class": statusClass,
	}).Parse(htmlText)
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	if err := t.Execute(w, read(doc)); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

func statusClass(status string) string {
	switch {
	case strings.HasPrefix(status, "2"):
		return "good"
	case strings.HasPrefix(status, "3"):
		return "moved"
	case strings.HasPrefix(status, "4"), strings.HasPrefix(status, "5"):
		return "bad"
	}
	return "other"
}

// pathHTML marks the parameters of a template.
func pathHTML(s string) template.HTML {
	s = html.EscapeString(s)
	return template.HTML(strings.NewReplacer("{", "<var>{", "}", "}</var>", "/", "/<wbr>").Replace(s))
}

var (
	codeMark = regexp.MustCompile("`([^`]+)`")
	boldMark = regexp.MustCompile(`\*\*([^*\s][^*]*)\*\*`)
	linkMark = regexp.MustCompile(`\[([^\[\]]+)\]\((https?://[^\s()]+)\)`)
)

// prose writes the Markdown that descriptions use most: paragraphs, lists, code, bold, links. All else is text. It is
// escaped first, so that nothing in it is markup but what is made here.
func prose(s string) template.HTML {
	var b strings.Builder
	inList, inCode := false, false
	var paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			b.WriteString("<p>" + inline(strings.Join(paragraph, "\n")) + "</p>")
			paragraph = nil
		}
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		item, isItem := strings.CutPrefix(trimmed, "- ")
		if !isItem {
			item, isItem = strings.CutPrefix(trimmed, "* ")
		}
		if strings.HasPrefix(trimmed, "```") {
			flush()
			if inCode = !inCode; inCode {
				b.WriteString("<pre>")
			} else {
				b.WriteString("</pre>")
			}
			continue
		}
		if inCode {
			b.WriteString(html.EscapeString(line) + "\n")
			continue
		}
		if inList && !isItem {
			b.WriteString("</ul>")
			inList = false
		}
		switch {
		case isItem:
			flush()
			if !inList {
				b.WriteString("<ul>")
				inList = true
			}
			b.WriteString("<li>" + inline(item) + "</li>")
		case trimmed == "":
			flush()
		default:
			paragraph = append(paragraph, strings.TrimLeft(trimmed, "# "))
		}
	}
	flush()
	if inList {
		b.WriteString("</ul>")
	}
	if inCode {
		b.WriteString("</pre>")
	}
	return template.HTML(b.String())
}

func inline(s string) string {
	s = html.EscapeString(s)
	s = codeMark.ReplaceAllString(s, "<code>$1</code>")
	s = boldMark.ReplaceAllString(s, "<b>$1</b>")
	return linkMark.ReplaceAllString(s, `<a href="$2" rel="noopener noreferrer">$1</a>`)
}
