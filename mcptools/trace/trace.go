// Package trace finds a value in redacted flows, and says which message had it first. The value of
// a secret is its placeholder: within a store, equal secrets have equal ones.
//
// A value is traced in all parts of a flow: path, query, headers, cookies, bodies and messages. One
// that a flow has only hashed, encrypted or split is not found.
package trace

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// Occurrence is one place where a flow has a value.
type Occurrence struct {
	FlowID    uint64 `json:"flow_id"`
	Method    string `json:"method"`
	URL       string `json:"url"`
	Side      string `json:"side"`  // request or response
	Location  string `json:"place"` // path, query, header, cookie, body or message
	Name      string `json:"name"`  // segment number, parameter, header, field, or JSON Pointer in the body; for a message its number and the pointer
	Whole     bool   `json:"whole"` // the value is the whole text, not a substring
	Timestamp string `json:"timestamp"`

	// At is when the value passed: a response has it when it ends.
	At time.Time `json:"-"`
	// Exact means that the value is a word of its text: no letter, digit, _ or - is next to it.
	Exact bool `json:"-"`
	// Capped means that this is the last listed occurrence of its flow, which has more.
	Capped bool `json:"-"`
}

// Sort sorts occurrences by time. A store has flows in the order in which they ended, and an import
// in that of its file.
func Sort(list []Occurrence) {
	slices.SortStableFunc(list, func(a, b Occurrence) int { return a.At.Compare(b.At) })
}

// First returns the first of sorted occurrences, nil if there is none. given reports whether it is
// in a response, which brought the value.
func First(list []Occurrence) (first *Occurrence, given bool) {
	if len(list) == 0 {
		return nil, false
	}
	first = &list[0]
	for i := range list { // the complete text of a member is a better example than a part of a URL
		if o := &list[i]; o.Whole && o.FlowID == first.FlowID && o.Side == first.Side {
			first = o
			break
		}
	}
	return first, first.Side == "response"
}

// NoSignIn says why no response has a credential that requests carry.
const NoSignIn = "the capture has no sign-in that gave it: to have one, sign out and in again while recording"

// Source says in words where a value with sorted occurrences came from: from the server of the
// first response that has it, unless a request had it before.
func Source(value string, list []Occurrence) string {
	first, given := First(list)
	if first == nil {
		return ""
	}
	place := strings.TrimSpace(first.Location + " " + first.Name)
	if !first.Exact {
		place += ", within a longer word"
	}
	if given {
		return fmt.Sprintf("the server: flow %d is the first with the value, in its response (%s)", first.FlowID, place)
	}
	text := fmt.Sprintf("the client: it sent the value in flow %d (%s), before any captured response had it", first.FlowID, place)
	if placeholder.IsIn(value) && (first.Location == "header" || first.Location == "cookie") {
		text += "; " + NoSignIn
	}
	return text
}

// Find returns the occurrences of a value in a redacted flow, none of ""; with alone, only exact
// ones.
func Find(value string, f *flow.Flow, alone bool) []Occurrence {
	t := tracer{value: value, alone: alone, row: view.Row(f), began: f.Started, ended: f.Started.Add(f.Took)}
	t.flow(f)
	if t.more {
		t.found[len(t.found)-1].Capped = true
	}
	return t.found
}

// maxOccurrences limits the occurrences in one flow: a value such as "a" is everywhere.
const maxOccurrences = 20

// tracer finds a value in one redacted flow.
type tracer struct {
	value string
	alone bool // only as a word of its own
	row   view.FlowRow
	began time.Time
	ended time.Time
	found []Occurrence
	more  bool // there are more than maxOccurrences
}

// text searches one text.
func (t *tracer) text(side, location, name, text string) {
	if t.more || t.value == "" || !strings.Contains(text, t.value) {
		return
	}
	exact := standsAlone(text, t.value)
	if t.alone && !exact {
		return
	}
	if len(t.found) == maxOccurrences {
		t.more = true
		return
	}
	at := t.began
	if side == "response" {
		at = t.ended
	}
	t.found = append(t.found, Occurrence{
		At:     at,
		FlowID: t.row.FlowID, Method: t.row.Method, URL: t.row.URL, Timestamp: t.row.Timestamp,
		Side: side, Location: location, Name: view.Visible(name), Whole: text == t.value,
		Exact: exact,
	})
}

// standsAlone reports whether a text has a value somewhere as a word of its own.
func standsAlone(text, value string) bool {
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }
	for from := 0; ; {
		i := strings.Index(text[from:], value)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(value):])
		if !isWord(before) && !isWord(after) {
			return true
		}
		from = i + 1
	}
}

// flow searches a redacted flow.
func (t *tracer) flow(f *flow.Flow) {
	for i, seg := range strings.Split(strings.TrimPrefix(f.Request.Path, "/"), "/") {
		t.text("request", "path", strconv.Itoa(i+1), decode.Unescape(strings.ReplaceAll(seg, "+", "%2B")))
	}
	t.pairs("request", "query", f.Request.RawQuery)
	t.message("request", f.Request.Header, f.Request.Body)
	if f.Response != nil {
		t.message("response", f.Response.Header, f.Response.Body)
	}
	for i := range f.Messages {
		m := &f.Messages[i]
		text, side := view.MessageText(m), "response"
		if m.FromClient {
			side = "request"
		}
		if v, err := view.ReadJSON(text); err == nil {
			t.json(side, "message", strconv.Itoa(i+1), v)
		} else {
			t.text(side, "message", strconv.Itoa(i+1), text)
		}
	}
}

// pairs searches the values of a query or form.
func (t *tracer) pairs(side, location, text string) {
	for p := range decode.Pairs(text) {
		t.text(side, location, p.Name, p.Value)
	}
}

// message searches the header and the body of a request or response.
func (t *tracer) message(side string, h flow.Header, b flow.Body) {
	for _, line := range h {
		if strings.EqualFold(line.Name, "Content-Length") {
			continue // a number unrelated to other values
		}
		if !strings.EqualFold(line.Name, "Cookie") && !strings.EqualFold(line.Name, "Set-Cookie") {
			t.text(side, "header", line.Name, line.Value)
			continue
		}
		pairs := strings.Split(line.Value, ";")
		if strings.EqualFold(line.Name, "Set-Cookie") {
			pairs = pairs[:1] // attributes follow
		}
		for _, pair := range pairs {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			t.text(side, "cookie", name, value)
		}
	}
	text, _, _, ok := view.ReadableText(h, b)
	kind := decode.Kind(h.MediaType(), b.Data)
	switch {
	case !ok:
	case decode.IsForm(kind):
		t.pairs(side, "body", text)
	case decode.IsJSON(kind): // a value in it may have escapes
		if v, err := view.ReadJSON(text); err == nil {
			t.json(side, "body", "", v)
			return
		}
		fallthrough
	default:
		t.text(side, "body", "", text)
	}
}

// json searches the values in a decoded JSON value. pointer is its JSON Pointer (RFC 6901).
func (t *tracer) json(side, location, pointer string, v any) {
	if t.more {
		return
	}
	switch x := v.(type) {
	case string:
		t.text(side, location, pointer, x)
	case json.Number:
		if x.String() == t.value {
			t.text(side, location, pointer, x.String())
		}
	case []any:
		for i, y := range x {
			t.json(side, location, pointer+"/"+strconv.Itoa(i), y)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			t.json(side, location, pointer+jsonvalue.Pointer(k), x[k])
		}
	}
}
