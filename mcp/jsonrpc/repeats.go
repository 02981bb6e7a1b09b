package jsonrpc

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// Repeats parses messages, and caches the last large answer to a request of the gateway itself:
// before each call it may ask for the same list, and an answer that differs in its id alone is not
// parsed again. The zero value is ready. It is safe for concurrent use.
type Repeats struct {
	mu   sync.Mutex
	last *answer
}

// answer is a message, with what stands before and behind its id.
type answer struct {
	before, behind         []byte // in the text that came
	textBefore, textBehind []byte // in the text of the message
	result, err            jsontext.Value
}

// minRepeat is the least size of an answer that is remembered, in bytes.
const minRepeat = 2 << 10

// Parse is [Parse].
func (r *Repeats) Parse(data []byte) (*Message, error) {
	if len(data) < minRepeat {
		return Parse(data)
	}
	r.mu.Lock()
	last := r.last
	r.mu.Unlock()
	if m := last.again(data); m != nil {
		return m, nil
	}
	m, err := Parse(data)
	if err != nil || !m.IsResponse() || !strings.HasPrefix(m.ID, `"`+ownPrefix) || !isPlainID([]byte(m.ID)) {
		return m, err
	}
	id, a := []byte(m.ID), &answer{result: bytes.Clone(m.Result), err: bytes.Clone(m.Err)}
	var found, foundInText bool
	a.before, a.behind, found = around(data, id)
	a.textBefore, a.textBehind, foundInText = around(m.Text, id)
	if found && foundInText {
		r.mu.Lock()
		r.last = a
		r.mu.Unlock()
	}
	return m, nil
}

// around returns copies of what stands before and behind the only occurrence of an id.
func around(text, id []byte) (before, behind []byte, ok bool) {
	if bytes.Count(text, id) != 1 {
		return nil, nil, false
	}
	before, behind, ok = bytes.Cut(text, id)
	return bytes.Clone(before), bytes.Clone(behind), ok
}

// again returns the message of a text that differs from the last one in its id alone, else nil.
func (a *answer) again(data []byte) *Message {
	if a == nil || len(data) <= len(a.before)+len(a.behind) || !bytes.HasPrefix(data, a.before) || !bytes.HasSuffix(data, a.behind) {
		return nil
	}
	id := data[len(a.before) : len(data)-len(a.behind)]
	if !isPlainID(id) {
		return nil
	}
	return &Message{
		ID: string(id), Text: slices.Concat(a.textBefore, id, a.textBehind), Result: bytes.Clone(a.result), Err: bytes.Clone(a.err),
	}
}

// isPlainID reports whether a text is a string of letters, digits and dashes alone, so that it can
// be nothing else than one value.
func isPlainID(id []byte) bool {
	if len(id) < 3 || len(id) > maxIDLen || id[0] != '"' || id[len(id)-1] != '"' {
		return false
	}
	return !slices.ContainsFunc(id[1:len(id)-1], func(c byte) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-'
	})
}
