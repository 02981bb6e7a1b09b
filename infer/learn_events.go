package infer

import (
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/schema"
)

const (
	// unnamedEvent is the type of server-sent events without a name (HTML standard, section 9.2.6).
	unnamedEvent = "message"
	// maxEventName bounds the names of events, in bytes.
	maxEventName = 64
)

// addEvents adds the data of server-sent events, by the name of the event. Data that is not JSON
// leaves no facts.
func (b *body) addEvents(m *mediaFacts, data []byte, complete bool) error {
	for e := range decode.Events(data) {
		if first := decode.FirstByte(e.Data); (first != '{' && first != '[') || !(complete || e.IsComplete) {
			continue
		}
		if e.Type == unnamedEvent || !isEventName(e.Type) {
			_ = b.reader.AddJSON(m.structured(), e.Data, true, b) // malformed JSON leaves no facts
			continue
		}
		m.namedEvents().Update(e.Type, nil, func(f *schema.Facts) {
			_ = b.reader.AddJSON(f, e.Data, true, b)
		})
	}
	return nil
}

// isEventName reports whether a name is one that code gives to a kind of event: "order.created",
// "chat:v2". A name with a number (room-17) and one that is random or personal is data, and the
// event counts as unnamed.
func isEventName(s string) bool {
	if !call.IsName(s) || redact.IsSensitiveAs(rules.Weak, s) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' && !isWordDigit(s, i) {
			return false
		}
	}
	return len(s) <= maxEventName
}

// isWordDigit reports whether the digit at i is the last character of a word, as in "v2".
func isWordDigit(s string, i int) bool {
	if i == 0 || s[i-1]|0x20 < 'a' || s[i-1]|0x20 > 'z' {
		return false
	}
	if i+1 == len(s) {
		return true
	}
	switch s[i+1] {
	case '.', '_', '-', ':', '/':
		return true
	}
	return false
}
