package infer

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

// Facts keep texts under harmless names. Where a text stands may still say that it is a secret:
// {"name": "password", "val": …}, the second parameter of a login. Redaction of the whole flow
// knows. It takes time, so the flow is redacted only when a text is seen first.

// hiddenTexts tells which texts of a flow's bodies redaction shows nowhere.
type hiddenTexts struct {
	flow              *flow.Flow
	isRead            bool
	isGraphQL         bool // the request may give other names to members of the response
	request, response hiddenBody
}

// hiddenBody is a body as redaction shows it, decoded and without placeholders; nil if it shows all
// of the body.
type hiddenBody []byte

// redactor redacts without a key: nothing that it writes is kept.
var redactor = redact.New(nil, redact.Config{})

// Hides implements schema.Observer.
func (b *body) Hides(field, owner string, item bool, text []byte) bool {
	h := b.hidden
	if !item && !b.namesApart && !h.isGraphQL && !names.MayBeNamed(field, owner) && !mayRepeatSecret(text) {
		return false // redaction would hide it by its name alone, or not at all
	}
	h.read()
	if b.isRequest {
		return h.request.hides(text)
	}
	return h.response.hides(text)
}

// mayRepeatSecret reports whether a text may be a secret that another part of the flow names: a word
// with digits, or a long one of letters only. Words of an API have separators.
func mayRepeatSecret(text []byte) bool {
	s := string(text)
	return redact.MayRepeat(s) && !strings.ContainsAny(s, "/:") && (strings.ContainsAny(s, "0123456789") || ascii.AllAlnum(s))
}

// read redacts the flow, the first time that it is called.
func (h *hiddenTexts) read() {
	if h.isRead {
		return
	}
	h.isRead = true
	redacted := redactor.Flow(*h.flow)
	h.request = hiddenIn(h.flow.Request.Body, redacted.Request.Header, redacted.Request.Body)
	if a := h.flow.Response; a != nil {
		h.response = hiddenIn(a.Body, redacted.Response.Header, redacted.Response.Body)
	}
}

// hiddenIn returns what redaction shows of a body, if that differs from the body.
func hiddenIn(sent flow.Body, header flow.Header, shown flow.Body) hiddenBody {
	if bytes.Equal(sent.Data, shown.Data) {
		return nil
	}
	data, _, _ := decode.Body(header, shown, decode.DefaultMax)
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

// hides reports whether redaction shows a text nowhere in the body.
func (b hiddenBody) hides(text []byte) bool { return b != nil && !hasWord(b, text) }

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
