package compare

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/view"
)

// body compares two bodies: forms by their fields, JSON by its members, others as texts.
func (c *comparison) body(ah flow.Header, ab flow.Body, bh flow.Header, bb flow.Body) {
	a, aPartly, _, aText := view.ReadableText(ah, ab)
	b, bPartly, _, bText := view.ReadableText(bh, bb)
	c.partly = c.partly || aPartly || bPartly
	switch {
	case !aText || !bText:
		c.value(5, "body", "", size(ab, ah, aText), size(bb, bh, bText))
		return
	case a == b:
		return
	case decode.IsForm(decode.Kind(ah.MediaType(), []byte(a))) && decode.IsForm(decode.Kind(bh.MediaType(), []byte(b))):
		c.pairs("body", pairs(a, '&'), pairs(b, '&'))
		return
	}
	x, errA := view.ReadJSON(a)
	y, errB := view.ReadJSON(b)
	if errA == nil && errB == nil {
		c.json("$", x, y)
		return
	}
	c.text(a, b)
}

// size describes a body that cannot be compared.
func size(b flow.Body, h flow.Header, isText bool) string {
	if b.Size == 0 && len(b.Data) == 0 {
		return ""
	}
	kind := h.MediaType()
	if !isText {
		kind += ", not text"
	}
	return fmt.Sprintf("%d bytes, %s", b.Size, strings.TrimPrefix(kind, ", "))
}

// text shows where two texts begin to differ.
func (c *comparison) text(a, b string) {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	start := max(0, at-30)
	cut := func(s string) string {
		s = strings.ToValidUTF8(s[min(start, len(s)):], "")
		if start > 0 {
			s = "…" + s
		}
		return s
	}
	c.value(5, "body", "", cut(a), cut(b))
}

// json compares two decoded values. path is their JSONPath.
func (c *comparison) json(path string, a, b any) {
	if c.members++; c.members > maxMembers {
		c.partly = true
		return
	}
	x, isMap := a.(map[string]any)
	y, isMap2 := b.(map[string]any)
	if isMap && isMap2 && len(x)+len(y) > 4 && !share(x, y) {
		c.value(4, "body", path, Render(a), Render(b))
		return
	}
	if isMap && isMap2 {
		for _, key := range unionKeys(x, y) {
			c.member(path+Member(key), x, y, key)
		}
		return
	}
	p, isList := a.([]any)
	q, isList2 := b.([]any)
	if isList && isList2 {
		c.list(path, p, q)
		return
	}
	if s, t := Render(a), Render(b); s != t {
		rank := 5
		if typeOf(a) != typeOf(b) {
			rank = 4
		}
		c.value(rank, "body", path, s, t)
	}
}

// share reports whether two objects have a member in common, or one of them is empty.
func share(x, y map[string]any) bool {
	for key := range x {
		if _, ok := y[key]; ok {
			return true
		}
	}
	return len(x) == 0 || len(y) == 0
}

// member compares the member of two objects, which one of them may lack.
func (c *comparison) member(path string, x, y map[string]any, key string) {
	a, inA := x[key]
	b, inB := y[key]
	switch {
	case !inA:
		c.value(4, "body", path, "", Render(b))
	case !inB:
		c.value(4, "body", path, Render(a), "")
	default:
		c.json(path, a, b)
	}
}

func (c *comparison) list(path string, p, q []any) {
	if len(p) != len(q) {
		c.value(4, "body", path, fmt.Sprintf("%d elements", len(p)), fmt.Sprintf("%d elements", len(q)))
	}
	n := min(len(p), len(q))
	if n > maxElements {
		n, c.partly = maxElements, true
	}
	for i := range n {
		c.json(path+"["+strconv.Itoa(i)+"]", p[i], q[i])
	}
}

// Member returns the step of a JSONPath to a member.
func Member(key string) string {
	for i, r := range key {
		isLetter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !isLetter && (i == 0 || r < '0' || r > '9') {
			return "[" + strconv.Quote(key) + "]"
		}
	}
	if key == "" {
		return `[""]`
	}
	return "." + key
}

// Render writes a decoded value briefly. A string has quotes only if it could be taken for another
// value.
func Render(v any) string {
	switch x := v.(type) {
	case string:
		x = view.Cut(x, 2*maxValue) // longer than what is shown, so that most differences remain
		if parts := placeholder.Split(x); len(parts) == 3 && parts[0] == "" && parts[2] == "" {
			return x
		}
		if _, err := view.ReadJSON(x); err != nil && strings.TrimSpace(x) != "" && !strings.HasPrefix(x, "{") && !strings.HasPrefix(x, "[") {
			return x
		}
		v = x
	case map[string]any:
		return "{" + view.Cut(strings.Join(slices.Sorted(maps.Keys(x)), ", "), 60) + "}"
	case []any:
		return fmt.Sprintf("[%d elements]", len(x))
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "?"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// typeOf returns the JSON type of a decoded value.
func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}
