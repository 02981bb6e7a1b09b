package mock

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// rule is what a server makes of a member of an item.
type rule struct {
	maker
	sent  bool // a value that the request has wins
	known bool // sent is what was seen
	as    any  // a value of the type that answers have
}

// maker makes a member that the request does not have, or that the server ignores.
type maker struct {
	make  func(x *exchange, before any, r *rand.Rand) any
	holds func(c change, after any) bool // reports whether it explains a change; nil if make does
	plain bool                           // the server computes nothing
}

// none is the value of a member that is not there.
var none = struct{}{}

func orNone[V any](all map[string]V, name string) any {
	if v, ok := all[name]; ok {
		return v
	}
	return none
}

// change is a recorded request that made or changed an item.
type change struct {
	x             *exchange
	before, after map[string]any // leaves of the item
}

// rules returns what the operation makes of the members of an item at a path. Members that no
// request has had there are taken as elsewhere, or else if the server leaves them as they are.
func (o *operation) rules(where string) map[string]rule {
	own, all, any := rules(o.made[where]), rules(o.made[""]), rules(o.res.made)
	if len(own) == 0 {
		own = all
	}
	for at, r := range own {
		if w, ok := all[at]; ok && len(o.made[where]) < 4 { // which say too little alone
			r = w
		}
		if !r.known {
			r.sent = any[at].sent || !any[at].known && r.plain
		}
		own[at] = r
	}
	return own
}

// rules finds what a server makes of each member. The keys are JSON pointers.
func rules(of []change) map[string]rule {
	names := map[string]any{}
	for _, c := range of {
		maps.Copy(names, c.before)
		maps.Copy(names, c.x.leaves)
		maps.Copy(names, c.after)
	}
	out := map[string]rule{}
	for at, as := range names {
		var rest []change
		echoed, ignored := 0, 0
		for _, c := range of {
			sent, isSent := c.x.leaves[at]
			after, isAfter := c.after[at]
			switch {
			case isSent && isAfter && same(sent, after):
				echoed++
				continue
			case isSent:
				ignored++
			}
			rest = append(rest, c)
		}
		out[at] = rule{unsent(at, rest), echoed > 0 && echoed >= ignored, echoed+ignored > 0, as}
	}
	return out
}

// unsent finds what makes a member that requests do not have: the first that explains four in five.
func unsent(at string, of []change) maker {
	var value any = none
	var layout, param string
	var like []string
	for _, c := range of {
		v := orNone(c.after, at)
		if v == none {
			continue
		}
		value = v
		layout, _ = layoutOf(v, c.x.started)
		if s, ok := v.(string); ok && len(s) > 5 && !strings.Contains(s, " ") && !slices.Contains(like, s) && (like == nil || len(s) == len(like[0])) {
			like = append(like, s)
		}
		for name, p := range c.x.path {
			if same(p, v) {
				param = name
			}
		}
	}
	makers := []maker{
		{make: func(_ *exchange, before any, _ *rand.Rand) any { return before }, plain: true},
		{make: func(*exchange, any, *rand.Rand) any { return none }},
		{make: func(x *exchange, _ any, _ *rand.Rand) any { return orNone(x.path, param) }},
		{make: func(x *exchange, _ any, _ *rand.Rand) any { return formatTime(x.started, layout) },
			holds: func(c change, after any) bool { _, ok := layoutOf(after, c.x.started); return ok }},
		{make: func(_ *exchange, before any, _ *rand.Rand) any {
			n, _ := integer(before)
			return json.Number(strconv.FormatInt(n+1, 10))
		}},
		{make: func(_ *exchange, _ any, r *rand.Rand) any { return imitate(like, r) },
			holds: func(change, any) bool { return len(like) == len(of) && len(of) > 1 }},
	}
	for _, m := range makers {
		n := 0
		for _, c := range of {
			after := orNone(c.after, at)
			if m.holds == nil && same(m.make(c.x, orNone(c.before, at), nil), after) || m.holds != nil && m.holds(c, after) {
				n++
			}
		}
		if 5*n >= 4*len(of) {
			return m
		}
	}
	return maker{make: func(*exchange, any, *rand.Rand) any { return value }, plain: true}
}

func integer(v any) (int64, bool) {
	n, ok := v.(json.Number)
	i, err := n.Int64()
	return i, ok && err == nil
}

// apply returns an item as the server makes it of a request.
func (m *Mock) apply(s *state, x *exchange, res *resource, rules map[string]rule, before any, replace bool) any {
	out := map[string]any{}
	for at, v := range leavesOf(before) {
		if _, known := rules[at]; known || !replace || at == res.key {
			out[at] = v
		}
	}
	for at, v := range x.leaves {
		if r, known := rules[at]; (r.sent || !known) && at != "" && (at != res.key || before == nil) {
			out[at] = typed(v, r.as)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(rules)) {
		r := rules[at]
		if _, sent := x.leaves[at]; sent && r.sent || at == res.key {
			continue
		}
		if out[at] = typed(r.make(x, orNone(out, at), s.rand), r.as); out[at] == none {
			delete(out, at)
		}
	}
	return unflatten(out)
}

// typed returns a value in the type that answers have, if its text allows it.
func typed(v, as any) any {
	s, ok := v.(string)
	switch as.(type) {
	case json.Number:
		if ok && jsonvalue.IsNumber(s) {
			return json.Number(s)
		}
	case bool:
		if b, err := strconv.ParseBool(s); ok && err == nil {
			return b
		}
	}
	return v
}

const alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// imitate returns a random text like one of the samples: each letter or digit becomes one of those
// that the samples have. What all have, such as a prefix, stays.
func imitate(samples []string, r *rand.Rand) string {
	base, alphabet := samples[r.IntN(len(samples))], ""
	isFixed := func(i int) bool {
		isUUID := len(base) == 36 && base[8] == '-' && (i == 14 || i == 19) // version and variant
		return !strings.Contains(alphanumeric, base[i:i+1]) || isUUID || len(samples) == 1 && i < strings.LastIndexAny(base, "_-:") ||
			len(samples) > 1 && !slices.ContainsFunc(samples, func(s string) bool { return i >= len(s) || s[i] != base[i] })
	}
	for i := range len(base) {
		for _, s := range samples {
			if i < len(s) && !isFixed(i) && strings.Contains(alphanumeric, s[i:i+1]) {
				alphabet += s[i : i+1]
			}
		}
	}
	out := []byte(base)
	for i := range out {
		if !isFixed(i) {
			out[i] = alphabet[r.IntN(len(alphabet))]
		}
	}
	return string(out)
}

// isoTime matches times as servers write them: the separator, the fraction and the zone.
var isoTime = regexp.MustCompile(`^\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d|)$`)

// slack is how far the clock of a recorded server may be off.
const slack = 10 * time.Minute

// layoutOf returns the layout of a value that is the time of a request: that of package time, "s"
// or "ms".
func layoutOf(v any, when time.Time) (string, bool) {
	near := func(t time.Time) bool { return t.Sub(when).Abs() < slack }
	if n, ok := integer(v); ok {
		return map[bool]string{true: "s", false: "ms"}[near(time.Unix(n, 0))], near(time.Unix(n, 0)) || near(time.UnixMilli(n))
	}
	s, _ := v.(string)
	p := isoTime.FindStringSubmatch(s)
	if p == nil {
		return "", false
	}
	layout := "2006-01-02" + p[1] + "15:04:05" + strings.NewReplacer("1", "0", "2", "0", "3", "0", "4", "0", "5", "0", "6", "0", "7", "0", "8", "0", "9", "0").Replace(p[2])
	if p[3] != "" {
		layout += "Z07:00"
	}
	t, err := time.Parse(layout, s)
	return layout, err == nil && near(t)
}

func formatTime(t time.Time, layout string) any {
	switch layout {
	case "s":
		return json.Number(strconv.FormatInt(t.Unix(), 10))
	case "ms":
		return json.Number(strconv.FormatInt(t.UnixMilli(), 10))
	}
	return t.UTC().Format(layout)
}
