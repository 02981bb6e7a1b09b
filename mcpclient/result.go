package mcpclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spectap/spectap/internal/visible"
)

// result is a CallToolResult as far as it is shown.
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

// texts are the parts that are text, where it is JSON.
func (r *result) texts() []json.RawMessage {
	var out []json.RawMessage
	for _, c := range r.Content {
		var t struct{ Text string }
		if json.Unmarshal(c, &t) == nil && isTree(t.Text) {
			out = append(out, json.RawMessage(t.Text))
		}
	}
	return out
}

// isTree says whether text is a JSON object or list.
func isTree(s string) bool {
	k := jsonKind(strings.TrimSpace(s))
	return k == "object" || k == "array"
}

// show prints the result of a call: its structured content, and the parts that say something else.
func (s *Shell) show(raw json.RawMessage) error {
	r := readResult(raw)
	if s.JSON {
		if err := s.line(raw); err != nil {
			return err
		}
	} else {
		s.showParts(raw, &r)
	}
	if r.IsError {
		return errShown
	}
	return nil
}

func (s *Shell) showParts(raw json.RawMessage, r *result) {
	p := s.paint()
	if r.IsError {
		fmt.Fprintln(s.Out, p.bad("error"))
	}
	if len(r.Structured) == 0 && len(r.Content) == 0 {
		fmt.Fprint(s.Out, tree(raw, p)) // what the protocol does not know
		return
	}
	if len(r.Structured) > 0 {
		fmt.Fprint(s.Out, tree(r.Structured, p))
	}
	for _, c := range r.Content {
		var t struct{ Text string }
		if len(r.Structured) > 0 && json.Unmarshal(c, &t) == nil && isTree(t.Text) && sameJSON(r.Structured, json.RawMessage(t.Text)) {
			continue // the same once more, for clients that know text only
		}
		s.content(c)
	}
}

// sameJSON says whether two texts are the same JSON, whatever the order of members.
func sameJSON(a, b json.RawMessage) bool {
	canonical := func(raw json.RawMessage) []byte {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var v any
		if d.Decode(&v) != nil {
			return nil
		}
		out, err := json.Marshal(v)
		if err != nil {
			return nil
		}
		return out
	}
	x, y := canonical(a), canonical(b)
	return x != nil && bytes.Equal(x, y)
}

// content prints one part of a result or prompt.
func (s *Shell) content(raw json.RawMessage) {
	p := s.paint()
	var c struct {
		Type     string          `json:"type"`
		Text     string          `json:"text"`
		Data     string          `json:"data"`
		MIMEType string          `json:"mimeType"`
		URI      string          `json:"uri"`
		Name     string          `json:"name"`
		Resource json.RawMessage `json:"resource"`
	}
	if json.Unmarshal(raw, &c) != nil {
		fmt.Fprint(s.Out, tree(raw, p))
		return
	}
	switch c.Type {
	case "text":
		s.text(c.Text)
	case "image", "audio":
		fmt.Fprintln(s.Out, p.dim(visible.Line(fmt.Sprintf("(%s, %s)", c.MIMEType, sizeOf(c.Data)))))
	case "resource_link":
		fmt.Fprintf(s.Out, "%s  %s\n", p.name(visible.Line(c.URI)), visible.Line(c.Name))
	case "resource":
		s.resource(c.Resource)
	default:
		fmt.Fprint(s.Out, tree(raw, p))
	}
}

func (s *Shell) text(text string) {
	if isTree(text) {
		fmt.Fprint(s.Out, tree(json.RawMessage(text), s.paint()))
		return
	}
	fmt.Fprintln(s.Out, strings.TrimRight(visible.Text(text), "\n"))
}

// resource prints the contents of a resource.
func (s *Shell) resource(raw json.RawMessage) {
	var r struct {
		URI      string `json:"uri"`
		MIMEType string `json:"mimeType"`
		Text     string `json:"text"`
		Blob     string `json:"blob"`
	}
	if json.Unmarshal(raw, &r) != nil {
		fmt.Fprint(s.Out, tree(raw, s.paint()))
		return
	}
	p := s.paint()
	if r.Blob != "" {
		fmt.Fprintln(s.Out, p.dim(visible.Line(fmt.Sprintf("%s (%s, %s)", r.URI, r.MIMEType, sizeOf(r.Blob)))))
		return
	}
	fmt.Fprintln(s.Out, p.dim(visible.Line(r.URI)))
	s.text(r.Text)
}

// sizeOf is the size of what is written in base64.
func sizeOf(base64 string) string {
	n := len(strings.TrimRight(base64, "=")) * 3 / 4
	return fmt.Sprintf("%d bytes; --json has them", n)
}
