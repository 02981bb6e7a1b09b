package mcpclient

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/spectap/spectap/internal/visible"
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

// isRepeated reports whether a content says nothing but what the structured content says, for
// clients that read only text: as JSON, or in a form of the server's own.
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

// contains reports whether nearly all words of part are in whole.
func contains(whole, part map[string]bool) bool {
	const most = .9
	found := 0
	for word := range part {
		if whole[word] {
			found++
		}
	}
	return float64(found) >= most*float64(len(part))
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
