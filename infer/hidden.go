package infer

import (
	"bytes"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/internal/ascii"
)

// This file finds texts of a flow's bodies that redaction hides everywhere. Facts keep texts under
// harmless names, but the place of a text may make it a secret: {"name": "password", "val": …}, the
// second parameter of a login.

// hiddenTexts finds texts of a flow's bodies that redaction hides everywhere. It redacts a body at
// the first question about it, since that takes longer than to learn from it.
type hiddenTexts struct {
	flow              *flow.Flow
	request, response shown
	sent, sentShown   []byte // the texts of the request, and what redaction shows of them
}

// shown is a body as redaction shows it.
type shown struct {
	isRead bool
	text   []byte // decoded and without placeholders; nil if redaction shows all of the body
}

// redactor redacts without a key: nothing that it writes is kept.
var redactor = redact.New(nil, redact.Config{})

const (
	// minRepeated is the length of the shortest secret that redaction looks for in all of a flow.
	minRepeated = 6
	// maxSearched bounds the body of a request whose secrets are looked for, in bytes.
	maxSearched = 4 << 10
)

// MayRepeat reports whether a text of a body may be a secret of the request that the API repeats
// under another name. It is quick, because most texts are not in the request.
func (t *hiddenTexts) MayRepeat(text []byte) bool {
	if len(text) < minRepeated {
		return false
	}
	if t.sent == nil {
		t.sent = partsOf(t.flow.Request)
	}
	if !bytes.Contains(t.sent, text) {
		return false
	}
	if t.sentShown == nil {
		t.sentShown = withoutPlaceholders(partsOf(redactor.Flow(flow.Flow{Request: t.flow.Request}).Request))
	}
	return !bytes.Contains(t.sentShown, text)
}

// partsOf returns the texts of a request.
func partsOf(q flow.Request) []byte {
	parts := []byte(q.Path + "\n" + q.RawQuery + "\n")
	for _, f := range q.Header {
		parts = append(append(parts, f.Value...), '\n')
	}
	if len(q.Body.Data) <= maxSearched {
		parts = append(parts, q.Body.Data...)
	}
	return parts
}

// InRequest reports whether redaction hides a text everywhere in the body of the request.
func (t *hiddenTexts) InRequest(text []byte) bool {
	if !t.request.isRead {
		f := *t.flow
		f.Response = nil // often large, and it names nothing in the request
		redacted := redactor.Flow(f).Request
		t.request = shownOf(f.Request.Body, redacted.Header, redacted.Body)
	}
	return t.request.lacks(text)
}

// InResponse reports whether redaction hides a text everywhere in the body of the response. A query
// of GraphQL may have given a secret another name there.
func (t *hiddenTexts) InResponse(text []byte) bool {
	if !t.response.isRead {
		redacted := redactor.Flow(*t.flow).Response
		t.response = shownOf(t.flow.Response.Body, redacted.Header, redacted.Body)
	}
	return t.response.lacks(text)
}

// shownOf returns what redaction shows of a body, if that differs from the body.
func shownOf(sent flow.Body, header flow.Header, redacted flow.Body) shown {
	if bytes.Equal(sent.Data, redacted.Data) {
		return shown{isRead: true}
	}
	data, _, _ := decode.Body(header, redacted, decode.DefaultMax)
	return shown{isRead: true, text: withoutPlaceholders(data)}
}

// withoutPlaceholders replaces placeholders, whose digits may look like a text.
func withoutPlaceholders(data []byte) []byte {
	out := []byte{} // not nil
	for s := string(data); ; {
		start, end, ok := mark.Next(s)
		if !ok {
			return append(out, s...)
		}
		out = append(append(out, s[:start]...), 0)
		s = s[end:]
	}
}

// lacks reports whether the body has no such text.
func (b *shown) lacks(text []byte) bool { return b.text != nil && !hasWord(b.text, text) }

// hasWord reports whether data has a word between characters other than letters and digits.
func hasWord(data, word []byte) bool {
	for from := 0; ; {
		i := bytes.Index(data[from:], word)
		if i < 0 {
			return false
		}
		start := from + i
		from = start + len(word)
		if (start == 0 || !isWordByte(data[start-1])) && (from == len(data) || !isWordByte(data[from])) {
			return true
		}
	}
}

func isWordByte(c byte) bool { return ascii.IsAlnum(c) || c == '_' }
