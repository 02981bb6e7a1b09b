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

// A rule says what the server makes of a member of an item.
type rule struct {
	kind   kind
	name   string   // of a path parameter
	layout string   // of a time
	like   []string // random texts
	value  any
	sent   bool // a value that the request has wins
	as     any  // a value of the type that answers have
}

// kind is what a server makes of a member that the request does not have, or that it ignores.
type kind int

const (
	kept kind = iota
	absent
	param // of the path
	stamp
	counter
	random
	constant
)

// change is a recorded request that made or changed an item.
type change struct {
	x             *exchange
	key           string
	before, after map[string]any // leaves of the item
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
		r := unsent(at, rest)
		r.sent, r.as = echoed > 0 && echoed >= ignored, as
		out[at] = r
	}
	return out
}

// unsent finds the rule of a member for requests that do not have it: the first that explains four
// in five.
func unsent(at string, of []change) (r rule) {
	different := map[string]bool{}
	for _, c := range of {
		if v, has := c.after[at]; has {
			r.value = v
			r.layout, _ = layoutOf(v, c.x.started)
		}
		if s, ok := c.after[at].(string); ok && len(s) > 5 && !strings.Contains(s, " ") && !different[s] && (r.like == nil || len(s) == len(r.like[0])) {
			different[s] = true
			r.like = append(r.like, s)
		}
		for name, v := range c.x.path {
			if same(v, c.after[at]) {
				r.name = name
			}
		}
	}
	holds := map[kind]func(c change, after any, has bool) bool{
		absent: func(_ change, _ any, has bool) bool { return !has },
		kept:   func(c change, after any, has bool) bool { b, ok := c.before[at]; return ok && has && same(b, after) },
		param:  func(c change, after any, has bool) bool { v, ok := c.x.path[r.name]; return ok && same(v, after) },
		stamp:  func(c change, after any, _ bool) bool { _, ok := layoutOf(after, c.x.started); return ok },
		counter: func(c change, after any, _ bool) bool {
			b, ok := integer(c.before[at])
			a, _ := integer(after)
			return ok && a == b+1
		},
		random: func(change, any, bool) bool { return len(r.like) == len(of) && len(of) > 1 },
	}
	for r.kind = kept; r.kind < constant; r.kind++ {
		n := 0
		for _, c := range of {
			if after, has := c.after[at]; holds[r.kind](c, after, has) {
				n++
			}
		}
		if 5*n >= 4*len(of) {
			break
		}
	}
	return r
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
		switch r.kind {
		case absent:
			delete(out, at)
		case param:
			out[at] = typed(x.path[r.name], r.as)
		case stamp:
			out[at] = formatTime(x.started, r.layout)
		case counter:
			n, _ := integer(out[at])
			out[at] = json.Number(strconv.FormatInt(n+1, 10))
		case random:
			out[at] = imitate(r.like, s.rand)
		case constant:
			out[at] = r.value
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

// imitate returns a random text like one of the samples: each letter or digit becomes one of those
// that the samples have.
func imitate(samples []string, r *rand.Rand) string {
	all := strings.Join(samples, "")
	base := samples[r.IntN(len(samples))]
	out := []byte(base)
	for i, c := range out {
		isEqual := len(samples) > 3 && !slices.ContainsFunc(samples, func(s string) bool { return i >= len(s) || s[i] != c })
		for _, kind := range []string{"0123456789", "abcdef", "ABCDEF", "ghijklmnopqrstuvwxyz", "GHIJKLMNOPQRSTUVWXYZ"} {
			if strings.IndexByte(kind, c) < 0 || isEqual || len(base) == 36 && base[8] == '-' && (i == 14 || i == 19) { // version and variant of a UUID
				continue
			}
			if kind[0]|0x20 == 'g' || kind[0] > '9' && strings.ContainsAny(all, "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ") {
				kind = map[bool]string{true: "abcdefghijklmnopqrstuvwxyz", false: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}[c >= 'a']
			}
			out[i] = kind[r.IntN(len(kind))]
			break
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
