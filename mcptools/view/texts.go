package view

import (
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Text is one text of a flow that a search reads.
type Text struct {
	// Name is url, request_headers, request_body, response_headers, response_body or messages.
	Name string
	Text string
}

// Texts returns the texts of a flow.
func Texts(f *flow.Flow) []Text {
	requestBody, _, _, _ := BodyText(f.Request.Header, f.Request.Body)
	out := []Text{
		{"url", Visible(f.Request.URL())},
		{"request_headers", HeaderText(f.Request.Header)},
		{"request_body", requestBody},
	}
	if r := f.Response; r != nil {
		responseBody, _, _, _ := BodyText(r.Header, r.Body)
		out = append(out, Text{"response_headers", HeaderText(r.Header)}, Text{"response_body", responseBody})
	}
	if len(f.Messages) > 0 {
		out = append(out, Text{"messages", messagesText(f.Messages, func(*flow.Message) bool { return true })})
	}
	return out
}

// SideTexts returns the shown texts of the bodies of a flow, each followed by the messages of its
// side.
func SideTexts(f *flow.Flow) (request, response string) {
	request, _, _, _ = BodyText(f.Request.Header, f.Request.Body)
	if r := f.Response; r != nil {
		response, _, _, _ = BodyText(r.Header, r.Body)
	}
	if len(f.Messages) == 0 {
		return request, response
	}
	ofClient := func(fromClient bool) string {
		return "\n" + messagesText(f.Messages, func(m *flow.Message) bool { return m.FromClient == fromClient })
	}
	return request + ofClient(true), response + ofClient(false)
}

// HeaderText writes each header line as "name: value".
func HeaderText(h flow.Header) string {
	var b strings.Builder
	for _, f := range h {
		fmt.Fprintf(&b, "%s: %s\n", Visible(f.Name), Visible(f.Value))
	}
	return b.String()
}

// Forms yields t as it is and, if it has escapes, decoded: find_value looks for decoded values.
func (t Text) Forms() iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(t.Text) {
			return
		}
		if strings.Contains(t.Text, `\u`) && !yield(unescapeJSON(t.Text)) {
			return
		}
		if !t.mayBePercentEncoded() {
			return
		}
		if s, err := url.QueryUnescape(t.Text); err == nil {
			yield(s)
		} else if s, err := url.PathUnescape(t.Text); err == nil {
			yield(s)
		}
	}
}

// mayBePercentEncoded reports whether t may be a URL or a form with percent-encoded characters.
func (t Text) mayBePercentEncoded() bool {
	isForm := strings.HasSuffix(t.Name, "_body") && !strings.ContainsAny(t.Text, " \n")
	return (t.Name == "url" || isForm) && strings.IndexByte(t.Text, '%') >= 0
}

// escapes matches characters of a JSON text that are written as escapes, halves of pairs together.
var escapes = lazyregexp.New(`(?:\\u[0-9A-Fa-f]{4})+`)

// unescapeJSON decodes the \u escapes of a JSON text and leaves the rest unchanged.
func unescapeJSON(s string) string {
	return escapes.Get().ReplaceAllStringFunc(s, func(text string) (out string) {
		_ = json.Unmarshal([]byte(`"`+text+`"`), &out) // which the expression checked
		return out
	})
}

// Excerpt returns the match at the byte range match of s, with up to 60 bytes before its start. It
// ends 120 bytes after the start of the match.
func Excerpt(s string, match []int) string {
	const before, after = 60, 120
	from, to := max(0, match[0]-before), min(len(s), match[0]+after)
	out := strings.ToValidUTF8(s[from:to], "")
	if from > 0 {
		out = "…" + out
	}
	if to < len(s) {
		out += "…"
	}
	return out
}
