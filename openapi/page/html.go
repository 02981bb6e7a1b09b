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

	"github.com/spectap/spectap/internal/visible"
)

//go:embed page.html.tmpl
var htmlText string

// HTML writes doc as one HTML file that loads nothing else. Equal documents give equal bytes.
func HTML(w io.Writer, doc *openapi3.T) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"prose": prose, "path": pathHTML, "lower": strings.ToLower, "class": statusClass,
		"pad": func(depth int) int { return depth * 20 },
	}).Parse(htmlText)
	if err != nil {
		return fmt.Errorf("read template: %w", err)
	}
	var b builder
	if err := t.Execute(&b, read(doc)); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	_, err = io.WriteString(w, visible.Text(b.text.String()))
	return err
}

// maxPage bounds a page, in bytes. Parts of the components stand at each operation that refers to
// them, so a page could be far longer than its document.
const maxPage = 128 << 20

// builder is a strings.Builder for a page of at most maxPage bytes.
type builder struct{ text strings.Builder }

func (b *builder) Write(p []byte) (int, error) {
	if b.text.Len()+len(p) > maxPage {
		return 0, fmt.Errorf("it has more than %d MiB", maxPage>>20)
	}
	return b.text.Write(p)
}

// statusClass returns the CSS class of a status.
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

// pathHTML returns a path template with its parameters marked.
func pathHTML(s string) template.HTML {
	s = html.EscapeString(s)
	return template.HTML(strings.NewReplacer("{", "<var>{", "}", "}</var>", "/", "/<wbr>").Replace(s))
}

var (
	codeMark = regexp.MustCompile("`([^`]+)`")
	boldMark = regexp.MustCompile(`\*\*([^*\s][^*]*)\*\*`)
	linkMark = regexp.MustCompile(`\[([^\[\]]+)\]\((https?://[^\s()]+)\)`)
)

// prose returns text as HTML. It knows the Markdown that descriptions use most: paragraphs, lists,
// code, bold text and links. All text is escaped, so that nothing else is markup.
func prose(s string) template.HTML {
	var p proseWriter
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		p.line(line)
	}
	p.endParagraph()
	p.endList()
	if p.inCode {
		p.out.WriteString("</pre>")
	}
	return template.HTML(p.out.String())
}

// proseWriter writes Markdown as HTML, line by line.
type proseWriter struct {
	out            strings.Builder
	paragraph      []string // lines that are not written yet
	inList, inCode bool
}

func (p *proseWriter) line(line string) {
	trimmed := strings.TrimSpace(line)
	item, isItem := strings.CutPrefix(trimmed, "- ")
	if !isItem {
		item, isItem = strings.CutPrefix(trimmed, "* ")
	}
	switch {
	case strings.HasPrefix(trimmed, "```"):
		p.fence()
		return
	case p.inCode:
		p.out.WriteString(html.EscapeString(line) + "\n")
		return
	case !isItem:
		p.endList()
	}
	switch {
	case isItem:
		p.endParagraph()
		if !p.inList {
			p.out.WriteString("<ul>")
			p.inList = true
		}
		p.out.WriteString("<li>" + inline(item) + "</li>")
	case trimmed == "":
		p.endParagraph()
	default:
		p.paragraph = append(p.paragraph, strings.TrimLeft(trimmed, "# "))
	}
}

// fence begins or ends a block of code.
func (p *proseWriter) fence() {
	p.endParagraph()
	p.endList()
	if p.inCode = !p.inCode; p.inCode {
		p.out.WriteString("<pre>")
	} else {
		p.out.WriteString("</pre>")
	}
}

func (p *proseWriter) endParagraph() {
	if len(p.paragraph) > 0 {
		p.out.WriteString("<p>" + inline(strings.Join(p.paragraph, "\n")) + "</p>")
		p.paragraph = nil
	}
}

func (p *proseWriter) endList() {
	if p.inList {
		p.out.WriteString("</ul>")
		p.inList = false
	}
}

// inline writes code, bold text and links.
func inline(s string) string {
	s = html.EscapeString(s)
	s = codeMark.ReplaceAllString(s, "<code>$1</code>")
	s = boldMark.ReplaceAllString(s, "<b>$1</b>")
	return linkMark.ReplaceAllString(s, `<a href="$2" rel="noopener noreferrer">$1</a>`)
}
