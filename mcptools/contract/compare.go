package contract

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/ascii"
)

// Difference is what an answer breaks of the recorded one.
type Difference struct {
	Operation string   `json:"operation"`
	Flow      flow.Seq `json:"flow"`
	// Rule is answer (there is none), status, type (of the media or of JSON), gone (a member),
	// length (of a list), identity (not the counterpart of the recorded id or token) or value
	// (another one, where the recorded one does not vary).
	Rule string `json:"rule"`
	// Pointer is a JSON Pointer into the recorded body, or the name of a header, or "".
	Pointer  string `json:"pointer"`
	Recorded string `json:"recorded"` // without secrets
	Live     string `json:"live"`
}

// Limits of one comparison: bytes of a body, differences, pairs of elements of two
// lists, and bytes of a value in a report.
const maxBody, maxFound, maxPairs, maxShown = 4 << 20, 200, 1 << 14, 120

// comparison compares one answer.
type comparison struct {
	*values
	step  *Step
	found []Difference
}

// answers compares a live response with the recorded one, and binds what it made.
func (c *comparison) answers(live *flow.Response) {
	q := &c.step.Answer
	if q.Status != live.Status {
		c.add("status", "", fmt.Sprint(q.Status), fmt.Sprint(live.Status))
		return
	}
	for _, h := range q.Header {
		for _, now := range live.Header.Values(h.Name) {
			switch name := strings.ToLower(h.Name); {
			case name == "etag":
				c.replace(h.Value, now)
			case name == "set-cookie" && !strings.HasPrefix(now, h.Value[:strings.IndexByte(h.Value+"=", '=')]): // another one
			case !c.isSame(h.Value, now) && name == "location":
				c.add("value", h.Name, h.Value, now)
			}
		}
	}
	was, is := decode.MediaType(q.Header.Get("Content-Type")), decode.MediaType(live.Header.Get("Content-Type"))
	want, wasJSON := jsonOf(q)
	got, isJSON := jsonOf(live)
	switch {
	case was != is || wasJSON && !isJSON && !live.Body.Truncated:
		c.add("type", "Content-Type", was, is)
	case wasJSON && isJSON:
		c.data(place{}, want, got)
	case !wasJSON: // a page may have tokens
		c.isSame(string(q.Body.Data), string(live.Body.Data))
	}
}

func (c *comparison) data(p place, want, got any) {
	w, g := kindOf(want), kindOf(got)
	switch {
	case len(c.found) >= maxFound:
	case g != "object" && g != "array" && variable.MatchString(textOf(want)): // whatever was hidden
		c.leaf(p, want, got)
	case w != g && !c.step.varies[p.general]:
		c.add("type", p.at, w, g)
	case w != g:
	case w == "object":
		want, got := want.(map[string]any), got.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(want)) {
			m := p.below(k, k)
			if x, ok := got[k]; ok {
				c.data(m, want[k], x)
			} else if !c.step.varies[m.general] {
				c.add("gone", m.at, kindOf(want[k]), "absent")
			}
		}
	case w == "array":
		want, got := want.([]any), got.([]any)
		for _, m := range c.match(want, got[:min(len(got), maxPairs/(len(want)+1))]) {
			c.data(p.below(fmt.Sprint(m[0]), "*"), want[m[0]], got[m[1]])
		}
		if len(want) != len(got) && !c.step.varies[p.general] {
			c.add("length", p.at, fmt.Sprint(len(want)), fmt.Sprint(len(got)))
		}
	default:
		c.leaf(p, want, got)
	}
}

// match pairs each element of a list with the one that has most values in common with it.
func (c *comparison) match(want, got []any) (pairs [][2]int) {
	taken := map[int]bool{}
	for i := range want {
		wanted := map[string]bool{}
		walk(want[i], place{}, func(p place, leaf any) {
			wanted[p.general+"\x00"+cmp.Or(c.live[textOf(leaf)], c.in(textOf(leaf)))] = true
		})
		best, most := -1, -1
		for k := range got {
			common := map[string]bool{}
			walk(got[k], place{}, func(p place, leaf any) {
				if at := p.general + "\x00" + textOf(leaf); wanted[at] {
					common[at] = true
				}
			})
			if n := len(common); !taken[k] && (n > most || n == most && k == i) {
				best, most = k, n
			}
		}
		taken[best], pairs = true, append(pairs, [2]int{i, best})
	}
	return slices.DeleteFunc(pairs, func(m [2]int) bool { return m[1] < 0 })
}

func (c *comparison) leaf(p place, want, got any) {
	w, g, kind := textOf(want), textOf(got), kindOf(want)
	to, isKnown := c.live[w]
	isOther, rule, form := w != g, "value", timeForm(w)
	switch {
	case isID(p.name, w) && isKnown:
		isOther, rule = to != g, "identity"
	case isID(p.name, w):
		// What a read shows first was there at the start.
		isOther, rule = isOther && kind == "number" && c.step.isRead() || ascii.IsUUID(w) != ascii.IsUUID(g) || !c.bind(w, g), "identity"
	case c.sent[p.name+"\x00"+w]:
	case form != "":
		isOther = form != timeForm(g)
	case kind == "number":
		isOther = isOther && c.step.exact[p.general]
	default:
		isOther = !c.isSame(w, g)
	}
	if isOther && !c.step.varies[p.general] {
		c.add(rule, p.at, w, g)
	}
}

// isSame binds the words by which two texts differ. It reports whether the server made all of them.
func (c *comparison) isSame(want, got string) bool {
	if want == got || c.in(want) == got {
		return true
	}
	w, g := word.FindAllString(want, -1), word.FindAllString(got, -1)
	if len(w) != len(g) {
		return false
	}
	isSame := true
	for i := range w {
		to, ok := c.live[w[i]]
		switch form := timeForm(w[i]); {
		case w[i] == g[i] || to == g[i] || c.in(w[i]) == g[i] || form != "" && form == timeForm(g[i]):
		case !ok && (isRandom(w[i]) || withoutFreePort(w[i]) == withoutFreePort(g[i]) || ascii.AllDigits(w[i]+g[i]) && strings.Contains(want, "/"+w[i])):
			isSame = c.bind(w[i], g[i]) && isSame
		default:
			isSame = false
		}
	}
	return isSame
}

// place is a value of a body: its pointer, that of all elements of its lists, and its name.
type place struct{ at, general, name string }

func (p place) below(name, general string) place {
	return place{string(jsontext.Pointer(p.at).AppendToken(name)), string(jsontext.Pointer(p.general).AppendToken(general)), name}
}

// walk visits the leaves and lists of a JSON value.
func walk(v any, p place, f func(p place, leaf any)) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			walk(x, p.below(k, k), f)
		}
		return
	case []any:
		for i, x := range v {
			walk(x, p.below(fmt.Sprint(i), "*"), f)
		}
	}
	f(p, v)
}

// textOf returns the text of a leaf, and "" for a list.
func textOf(v any) string {
	if _, isList := v.([]any); isList {
		return ""
	}
	return fmt.Sprint(v)
}

var kinds = map[string]string{"map[string]interface {}": "object", "[]interface {}": "array", "json.Number": "number", "<nil>": "null"}

func kindOf(v any) string { return cmp.Or(kinds[fmt.Sprintf("%T", v)], fmt.Sprintf("%T", v)) }

func (c *comparison) add(rule, at, want, got string) {
	c.found = append(c.found, Difference{c.step.Operation, c.step.Flow, rule, at, want, got})
}
