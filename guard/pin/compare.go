package pin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
)

// Weight ranks changes by the attention that they need, most first.
type Weight uint8

// The weights of changes.
const (
	Rerouted    Weight = iota // the request that a call sends
	Widened                   // the input schema accepts more
	Weakened                  // an annotation promises less
	Addressed                 // text that addresses the model instead of describing
	Invisible                 // invisible characters
	Encoded                   // a sentence in base64 or hexadecimal digits
	Foreign                   // the name of a tool of another server
	Imitates                  // a name that looks like another
	TextChanged               // any other text
	Other
)

func (w Weight) String() string {
	return [...]string{"request changed", "schema widened", "annotation weakened", "text addressed to the model",
		"invisible characters", "encoded text", "tool of another server", "same or similar name", "text", "other"}[w]
}

// Change is one difference between two definitions. Old and New are JSON, empty if there is no such
// value.
type Change struct {
	Weight Weight `json:"-"`
	Path   string `json:"path"` // JSON Pointer, RFC 6901
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
	Why    string `json:"why"`
	// High means that a new definition with it is not accepted without review.
	High bool `json:"high,omitempty"`
}

// maxChanges bounds the result of Compare.
const maxChanges = 1000

// Compare returns the differences between the quarantined definition of an entry and its pin, most
// important first. Without a pin, the complete definition is examined. others are all entries of
// the book, with whose names a new name is compared.
//
// A text without findings may still be harmful.
func Compare(e *Entry, others []Entry) []Change {
	if e.Waiting == nil {
		return nil
	}
	c := &comparison{kind: e.Kind, foreign: foreignOf(e, others)}
	now := jsonvalue.Decode(e.Waiting.Definition)
	if e.Pinned != nil {
		c.object("", jsonvalue.Decode(e.Pinned.Definition), now)
	} else {
		c.texts("", nil, now)
		c.names(e, others)
	}
	slices.SortStableFunc(c.changes, func(a, b Change) int { return int(a.Weight) - int(b.Weight) })
	return c.changes
}

// comparison collects changes.
type comparison struct {
	kind    Kind
	foreign map[string]bool // names of tools of other servers
	changes []Change
}

func (c *comparison) add(w Weight, path string, old, now any, why string) {
	if len(c.changes) < maxChanges {
		c.changes = append(c.changes, Change{Weight: w, Path: path, Old: encode(old), New: encode(now), Why: why})
	}
}

// stand is add for a finding in a text.
func (c *comparison) stand(w Weight, path string, old, now any, why string, isHigh bool) {
	before := len(c.changes)
	if c.add(w, path, old, now, why); len(c.changes) > before {
		c.changes[before].High = isHigh
	}
}

// absent represents a missing value.
type absent struct{}

// members returns the names of both objects, sorted.
func members(old, now map[string]any) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(old)), maps.Keys(now))
	slices.Sort(names)
	return slices.Compact(names)
}

func get(o map[string]any, name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	return absent{}
}

// object compares two definitions.
func (c *comparison) object(path string, old, now any) {
	o, _ := old.(map[string]any)
	n, _ := now.(map[string]any)
	for _, name := range members(o, n) {
		a, b, at := get(o, name), get(n, name), path+jsonvalue.Pointer(name)
		switch {
		case equal(a, b):
		case name == "inputSchema" && c.kind == Tool:
			c.schema(at, a, b)
		case name == Request && c.kind == Tool:
			c.request(at, a, b)
		case name == "annotations" && c.kind == Tool:
			c.annotations(at, a, b)
		default:
			c.value(at, a, b)
		}
	}
}

// request compares what calls send, and where.
func (c *comparison) request(path string, old, now any) {
	parts := &comparison{kind: c.kind}
	parts.value(path, old, now)
	for _, p := range parts.changes {
		if p.Weight >= TextChanged {
			p.Weight, p.Why = Rerouted, "a call sends another request, or sends it elsewhere"
		}
		if len(c.changes) < maxChanges {
			c.changes = append(c.changes, p)
		}
	}
}

// hints are the annotations of tools, with the default of each: MCP 2025-11-25, schema,
// ToolAnnotations. safe is the value that promises more.
var hints = map[string]struct{ absent, safe bool }{
	"readOnlyHint": {false, true}, "destructiveHint": {true, false}, "idempotentHint": {false, true}, "openWorldHint": {true, false},
}

// annotations compares the hints that a tool gives about itself.
func (c *comparison) annotations(path string, old, now any) {
	o, _ := old.(map[string]any)
	n, _ := now.(map[string]any)
	for _, name := range members(o, n) {
		a, b, at := get(o, name), get(n, name), path+jsonvalue.Pointer(name)
		if equal(a, b) {
			continue
		}
		h, known := hints[name]
		if !known {
			c.value(at, a, b)
			continue
		}
		before, after := h.absent, h.absent
		if v, ok := a.(bool); ok {
			before = v
		}
		if v, ok := b.(bool); ok {
			after = v
		}
		if before == h.safe && after != h.safe {
			c.add(Weakened, at, a, b, "the tool promises less than before")
		} else {
			c.add(Other, at, a, b, "an annotation differs")
		}
	}
}

// value compares values without a special meaning, part by part.
func (c *comparison) value(path string, old, now any) {
	if equal(old, now) {
		return
	}
	o, isObject := old.(map[string]any)
	n, both := now.(map[string]any)
	if isObject && both {
		for _, name := range members(o, n) {
			c.value(path+jsonvalue.Pointer(name), get(o, name), get(n, name))
		}
		return
	}
	oldList, isList := old.([]any)
	newList, both := now.([]any)
	if isList && both && len(oldList) == len(newList) {
		for i := range oldList {
			c.value(fmt.Sprintf("%s/%d", path, i), oldList[i], newList[i])
		}
		return
	}
	if c.texts(path, old, now) {
		return
	}
	_, wasText := old.(string)
	if _, isText := now.(string); isText || wasText {
		c.add(TextChanged, path, old, now, "a text differs")
		return
	}
	c.add(Other, path, old, now, "a value differs")
}

// texts reports findings in the strings of a new value, names of members included. old has the text
// that was accepted.
func (c *comparison) texts(path string, old, now any) (found bool) {
	switch v := now.(type) {
	case string:
		before, _ := old.(string)
		if phrase := addressed(v); phrase != "" && !strings.Contains(before, phrase) {
			demand := demands.FindString(plain(v))
			if demand != "" {
				phrase = demand
			}
			c.stand(Addressed, path, old, now, fmt.Sprintf("it says %q", phrase), demand != "")
			found = true
		}
		if r, ok := invisible(v); ok && !strings.ContainsRune(before, r) {
			if at := strings.IndexFunc(v, commands); at >= 0 {
				r, _ = utf8.DecodeRuneInString(v[at:])
			}
			c.stand(Invisible, path, old, now, fmt.Sprintf("it has the character U+%04X", r), commands(r))
			found = true
		}
		if text := encodedText(v); text != "" && encodedText(before) != text {
			c.stand(Encoded, path, old, now, "it encodes "+shorten(text), true)
			found = true
		}
		if name := foreignIn(v, c.foreign); name != "" && foreignIn(before, c.foreign) != name {
			c.stand(Foreign, path, old, now, "it names the tool "+name+" of another server", true)
			found = true
		}
	case []any:
		for i, e := range v {
			found = c.texts(fmt.Sprintf("%s/%d", path, i), nil, e) || found
		}
	case map[string]any:
		for _, name := range members(v, nil) {
			at := path + jsonvalue.Pointer(name)
			if r, ok := invisible(name); ok {
				c.stand(Invisible, at, absent{}, name, fmt.Sprintf("a name has the character U+%04X", r), commands(r))
				found = true
			}
			found = c.texts(at, nil, v[name]) || found
		}
	}
	return found
}

// names reports a new name that looks like an existing one.
func (c *comparison) names(e *Entry, others []Entry) {
	look := visible.Skeleton(e.Name)
	for _, o := range others {
		if o.Kind != e.Kind || o.Server == e.Server && o.Name == e.Name || o.Pinned == nil || visible.Skeleton(o.Name) != look {
			continue
		}
		why := "it looks like " + o.Ref()
		if o.Name == e.Name {
			why = "it has the name of " + o.Ref()
		}
		c.add(Imitates, "/name", o.Name, e.Name, why)
	}
}

func equal(a, b any) bool { return encode(a) == encode(b) }

// encode writes decoded JSON; a missing value is empty.
func encode(v any) string {
	if v == any(absent{}) {
		return ""
	}
	return string(jsonvalue.Encode(v))
}
