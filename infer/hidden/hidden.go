// Package hidden tells which texts of a flow's bodies redaction shows nowhere. Facts keep texts
// under harmless names, but where a text stands may still say that it is a secret: {"name":
// "password", "val": …}, the second parameter of a login.
//
// It may import flow and internal/ascii. Read hidden.go first; it is the only file.
package hidden

import (
	"bytes"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Texts tells which texts of a flow's bodies redaction shows nowhere. The flow is redacted when it
// is asked first, since that takes time.
type Texts struct {
	flow              *flow.Flow
	isRead            bool
	request, response shown
}

// shown is a body as redaction shows it, decoded and without placeholders; nil if it shows all of
// the body.
type shown []byte

// redactor redacts without a key: nothing that it writes is kept.
var redactor = redact.New(nil, redact.Config{})

// Of returns the hidden texts of a flow.
func Of(f *flow.Flow) Texts { return Texts{flow: f} }

// MayBe reports whether a text of a body in JSON can be hidden because of where it stands, in a
// member of this name of an object with the name owner. It is quick.
func MayBe(name, owner string, text []byte) bool {
	return names.MayBeNamed(name, owner) || mayRepeatSecret(string(text))
}

// mayRepeatSecret reports whether a text may be a secret that another part of the flow names: a
// word with digits, or a long one of letters only. Words of an API have separators.
func mayRepeatSecret(s string) bool {
	return redact.MayRepeat(s) && !strings.ContainsAny(s, "/:") && (strings.ContainsAny(s, "0123456789") || ascii.AllAlnum(s))
}

// InRequest reports whether redaction shows a text nowhere in the body of the request.
func (t *Texts) InRequest(text []byte) bool {
	t.read()
	return t.request.lacks(text)
}

// InResponse reports whether redaction shows a text nowhere in the body of the response.
func (t *Texts) InResponse(text []byte) bool {
	t.read()
	return t.response.lacks(text)
}

// read redacts the flow, the first time that it is called.
func (t *Texts) read() {
	if t.isRead {
		return
	}
	t.isRead = true
	redacted := redactor.Flow(*t.flow)
	t.request = shownOf(t.flow.Request.Body, redacted.Request.Header, redacted.Request.Body)
	if a := t.flow.Response; a != nil {
		t.response = shownOf(a.Body, redacted.Response.Header, redacted.Response.Body)
	}
}

// shownOf returns what redaction shows of a body, if that differs from the body.
func shownOf(sent flow.Body, header flow.Header, redacted flow.Body) shown {
	if bytes.Equal(sent.Data, redacted.Data) {
		return nil
	}
	data, _, _ := decode.Body(header, redacted, decode.DefaultMax)
	return withoutPlaceholders(data)
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
func (b shown) lacks(text []byte) bool { return b != nil && !hasWord(b, text) }

// hasWord reports whether a word stands in data, between other characters than letters and digits.
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
