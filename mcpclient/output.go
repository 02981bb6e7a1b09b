package mcpclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/rawjson"
)

// result holds the members of a CallToolResult that are shown.
type result struct {
	Content    []json.RawMessage `json:"content"`
	Structured json.RawMessage   `json:"structuredContent"`
	IsError    bool              `json:"isError"`
}

func readResult(raw json.RawMessage) result {
	var r result
	if json.Unmarshal(raw, &r) != nil {
		return result{}
	}
	return r
}

// jsonTexts returns the texts of the content that are JSON objects or arrays.
func (r *result) jsonTexts() []json.RawMessage {
	var out []json.RawMessage
	for _, c := range r.Content {
		var t struct{ Text string }
		if json.Unmarshal(c, &t) == nil && isComposite(t.Text) {
			out = append(out, json.RawMessage(t.Text))
		}
	}
	return out
}

// printResult prints the result of a call. It returns errToolFailed for one that is marked as an
// error.
func (s *Shell) printResult(raw json.RawMessage) error {
	r := readResult(raw)
	if s.JSON {
		if err := s.printJSON(raw); err != nil {
			return err
		}
	} else {
		s.printContents(raw, &r)
	}
	if r.IsError {
		return errToolFailed
	}
	return nil
}

// printContents prints the structured content, and the other contents unless they repeat it.
func (s *Shell) printContents(raw json.RawMessage, r *result) {
	c := s.colours()
	if r.IsError {
		fmt.Fprintln(s.Out, c.bad("error"))
	}
	if len(r.Structured) == 0 && len(r.Content) == 0 {
		fmt.Fprint(s.Out, formatTree(raw, c)) // not a result that the protocol defines
		return
	}
	if len(r.Structured) > 0 {
		fmt.Fprint(s.Out, formatTree(r.Structured, c))
	}
	for _, item := range r.Content {
		if !r.isRepeated(item) {
			s.printContent(item)
		}
	}
}

// isRepeated reports whether a content only repeats the structured content, for clients that read
// only text: as JSON, or in a form of the server's own.
func (r *result) isRepeated(item json.RawMessage) bool {
	var t struct{ Text string }
	if len(r.Structured) == 0 || json.Unmarshal(item, &t) != nil || t.Text == "" {
		return false
	}
	if isComposite(t.Text) {
		return isSameJSON(r.Structured, []byte(t.Text))
	}
	structured := words(string(r.Structured))
	text := words(t.Text)
	if status, _, _ := strings.Cut(t.Text, " "); len(status) == 3 {
		// The text of spectap begins with a line such as "201 Created, application/json, 21 bytes".
		if code, err := strconv.Atoi(status); err == nil && http.StatusText(code) != "" {
			for word := range words(http.StatusText(code) + " bytes") {
				delete(text, word)
			}
		}
	}
	return contains(structured, text)
}

// words returns the words of a text.
func words(text string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		out[word] = true
	}
	return out
}

// contains reports whether nearly all words of subset are in set.
func contains(set, subset map[string]bool) bool {
	const most = .9
	found := 0
	for word := range subset {
		if set[word] {
			found++
		}
	}
	return float64(found) >= most*float64(len(subset))
}

// printContent prints one content of a result or prompt.
func (s *Shell) printContent(raw json.RawMessage) {
	c := s.colours()
	var x struct {
		Type     string          `json:"type"`
		Text     string          `json:"text"`
		Data     string          `json:"data"`
		MIMEType string          `json:"mimeType"`
		URI      string          `json:"uri"`
		Name     string          `json:"name"`
		Resource json.RawMessage `json:"resource"`
	}
	if json.Unmarshal(raw, &x) != nil {
		fmt.Fprint(s.Out, formatTree(raw, c))
		return
	}
	switch x.Type {
	case "text":
		s.printText(x.Text)
	case "image", "audio":
		fmt.Fprintln(s.Out, c.dim(visible.Line(fmt.Sprintf("(%s, %s)", x.MIMEType, sizeOf(x.Data)))))
	case "resource_link":
		fmt.Fprintf(s.Out, "%s  %s\n", c.name(visible.Line(x.URI)), visible.Line(x.Name))
	case "resource":
		s.printResource(x.Resource)
	default:
		fmt.Fprint(s.Out, formatTree(raw, c))
	}
}

func (s *Shell) printText(text string) {
	if isComposite(text) {
		fmt.Fprint(s.Out, formatTree([]byte(text), s.colours()))
		return
	}
	fmt.Fprintln(s.Out, strings.TrimRight(visible.Text(text), "\n"))
}

// printResource prints the contents of a resource.
func (s *Shell) printResource(raw json.RawMessage) {
	var r struct {
		URI      string `json:"uri"`
		MIMEType string `json:"mimeType"`
		Text     string `json:"text"`
		Blob     string `json:"blob"`
	}
	if json.Unmarshal(raw, &r) != nil {
		fmt.Fprint(s.Out, formatTree(raw, s.colours()))
		return
	}
	c := s.colours()
	if r.Blob != "" {
		fmt.Fprintln(s.Out, c.dim(visible.Line(fmt.Sprintf("%s (%s, %s)", r.URI, r.MIMEType, sizeOf(r.Blob)))))
		return
	}
	fmt.Fprintln(s.Out, c.dim(visible.Line(r.URI)))
	s.printText(r.Text)
}

// sizeOf describes the size of base64 data.
func sizeOf(base64 string) string {
	n := len(strings.TrimRight(base64, "=")) * 3 / 4
	return fmt.Sprintf("%d bytes; --json prints them", n)
}

// colours writes text in colours if it is true. The text must be safe for a terminal already.
type colours bool

// The control sequences of the colours.
const (
	cyan, green, yellow = "\x1b[36m", "\x1b[32m", "\x1b[33m"
	magenta, red, faint = "\x1b[35m", "\x1b[31m", "\x1b[2m"
	plain               = "\x1b[0m"
)

func (c colours) sgr(sequence, s string) string {
	if !c || s == "" {
		return s
	}
	return sequence + s + plain
}

func (c colours) name(s string) string   { return c.sgr(cyan, s) }
func (c colours) text(s string) string   { return c.sgr(green, s) }
func (c colours) number(s string) string { return c.sgr(yellow, s) }
func (c colours) word(s string) string   { return c.sgr(magenta, s) }
func (c colours) bad(s string) string    { return c.sgr(red, s) }
func (c colours) dim(s string) string    { return c.sgr(faint, s) }

// ColourSequences returns the control sequences in the output of a [Shell] and a [Form].
func ColourSequences() []string { return []string{cyan, green, yellow, magenta, red, faint, plain} }

// maxTreeDepth limits the depth of a tree. Deeper values are written as JSON.
const maxTreeDepth = 40

// formatTree writes JSON as a tree, with the members in their order and the numbers as they were
// sent.
func formatTree(raw []byte, c colours) string {
	w := &treeWriter{colours: c}
	w.value(raw, "", 0)
	return strings.TrimLeft(w.String(), "\n ") + "\n"
}

// treeWriter writes each value after the name or dash that precedes it.
type treeWriter struct {
	strings.Builder
	colours
}

func (w *treeWriter) value(raw []byte, indent string, depth int) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return
	}
	if depth > maxTreeDepth && (raw[0] == '{' || raw[0] == '[') {
		w.WriteString(" " + visible.Line(string(raw)))
		return
	}
	switch raw[0] {
	case '{':
		w.object(raw, indent, depth)
	case '[':
		w.array(raw, indent, depth)
	case '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		w.WriteString(w.formatText(s, indent))
	case 't', 'f', 'n':
		w.WriteString(" " + w.word(visible.Line(string(raw))))
	default:
		w.WriteString(" " + w.number(visible.Line(string(raw))))
	}
}

func (w *treeWriter) object(raw []byte, indent string, depth int) {
	all, err := rawjson.Split(raw)
	if err != nil || len(all) == 0 {
		w.WriteString(" " + w.dim(visible.Line(string(raw))))
		return
	}
	for _, m := range all {
		w.WriteString("\n" + indent + w.name(formatName(m.Name)) + ":")
		w.value(m.Value, indent+"  ", depth+1)
	}
}

func (w *treeWriter) array(raw []byte, indent string, depth int) {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil || len(all) == 0 {
		w.WriteString(" " + w.dim(visible.Line(string(raw))))
		return
	}
	for _, v := range all {
		w.WriteString("\n" + indent + w.dim("-"))
		item := &treeWriter{colours: w.colours}
		item.value(v, indent+"  ", depth+1)
		// The first member of an object follows the dash on its line.
		s, nested := strings.CutPrefix(item.String(), "\n"+indent+"  ")
		if nested {
			s = " " + s
		}
		w.WriteString(s)
	}
}

func formatName(s string) string {
	if s == "" || strings.ContainsAny(s, ": \n\t") {
		return visible.Line(jsonString(s))
	}
	return visible.Line(s)
}

// formatText writes a string so that it cannot be mistaken for anything else: in quotes if it looks
// like another type, and with a bar before each of several lines.
func (c colours) formatText(s string, indent string) string {
	if strings.Contains(strings.TrimRight(s, "\n"), "\n") {
		var b strings.Builder
		for _, line := range strings.Split(strings.TrimRight(visible.Text(s), "\n"), "\n") {
			fmt.Fprintf(&b, "\n%s%s %s", indent, c.dim("│"), c.text(line))
		}
		return b.String()
	}
	if s == "" || jsonType(s) != "" || strings.TrimSpace(s) != s || strings.HasPrefix(s, "- ") {
		return " " + c.text(visible.Line(jsonString(s)))
	}
	return " " + c.text(visible.Line(s))
}
