package compact

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// defaults are the parameters, responses and credentials that most operations of a document have,
// by key. A document says them once, and its operations only what differs.
type defaults map[defaultKey]string

// defaultKey identifies a default: the method of its operations, "" for all, and its key.
type defaultKey struct{ method, key string }

// securityKey is the key of the credentials of an operation. No parameter or response has it.
const securityKey = " security"

// minGain is how many bytes a default saves at least.
const minGain = 250

// usual returns the defaults of some operations.
func usual(ops []Operation) defaults {
	count := counter{ops: map[string]int{}, tallies: map[string]map[string]*tally{}}
	for i := range ops {
		x := &ops[i].parts
		if x.prefix != "" {
			continue
		}
		for _, method := range []string{"", x.method} {
			count.add(method, x)
		}
	}
	d := defaults{}
	for _, key := range slices.Sorted(maps.Keys(count.tallies)) {
		best := map[string]string{}
		gains := map[string]int{}
		sum := 0
		for method, t := range count.tallies[key] {
			best[method], gains[method] = t.best(key, count.ops[method])
			if method != "" && gains[method] >= minGain {
				sum += gains[method]
			}
		}
		for method, text := range best {
			if gains[method] >= minGain && (method == "") == (gains[""] >= sum) {
				d[defaultKey{method, key}] = text
			}
		}
	}
	return d
}

// counter counts operations by method, with "" for all.
type counter struct {
	ops     map[string]int
	tallies map[string]map[string]*tally // by key and method
}

// tally is what the operations of one method have under one key.
type tally struct {
	ops   int
	texts map[string]int // the number of operations by text
	bytes map[string]int // size of the text in their lines
}

func (c counter) add(method string, x *parts) {
	c.ops[method]++
	bodies := map[string]int{}
	for _, w := range x.responses {
		bodies[strings.TrimPrefix(w.text, w.key)]++
	}
	words := append(slices.Clip(x.parameters), x.responses...)
	if x.security != "" {
		words = append(words, word{securityKey, x.security})
	}
	for _, w := range words {
		if c.tallies[w.key] == nil {
			c.tallies[w.key] = map[string]*tally{}
		}
		t, n := c.tallies[w.key][method], len(w.text)+1
		if t == nil {
			t = &tally{texts: map[string]int{}, bytes: map[string]int{}}
			c.tallies[w.key][method] = t
		}
		t.ops++
		if isResponse(w.key) && bodies[strings.TrimPrefix(w.text, w.key)] > 1 {
			n = len(w.key) + 1 // neighbours share a body
		}
		t.texts[w.text]++
		t.bytes[w.text] += n
	}
}

// best returns the text that most operations have, and how many bytes the default saves: 0 if too
// many others do not have it. An operation says which credentials it has instead, but only that a
// parameter or response is absent, so these must be more usual.
func (t *tally) best(key string, all int) (text string, gain int) {
	text = slices.MinFunc(slices.Collect(maps.Keys(t.texts)), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.texts[b], t.texts[a]), cmp.Compare(a, b))
	})
	if n := t.texts[text]; 2*n <= all || key != securityKey && 3*n < 2*all {
		return text, 0
	}
	return text, t.bytes[text] - (all-t.ops)*(len(key)+2) - len(text) - 5
}

func isParameter(key string) bool {
	return strings.HasPrefix(key, "?") || strings.HasPrefix(key, "header:") || strings.HasPrefix(key, "cookie:")
}

func isResponse(key string) bool { return key != securityKey && !isParameter(key) }

// of returns the default of the operations of a method, or "" if there is none.
func (d defaults) of(method, key string) string {
	return cmp.Or(d[defaultKey{method, key}], d[defaultKey{"", key}])
}

// rest returns those words of an operation that are not defaults, and marks of the defaults of a
// kind that it lacks.
func (d defaults) rest(x *parts, words []word, isKind func(key string) bool) (rest []word, absent []string) {
	has := map[string]bool{}
	for _, w := range words {
		has[w.key] = true
		if d.of(x.method, w.key) != w.text {
			rest = append(rest, w)
		}
	}
	for k := range d {
		if isKind(k.key) && !has[k.key] && (k.method == "" || k.method == x.method) {
			absent = append(absent, "-"+k.key)
		}
	}
	slices.Sort(absent)
	return rest, absent
}

// lines returns a line for each default that one of some operations has.
func (d defaults) lines(ops []*parts) (lines []string) {
	used := map[defaultKey]bool{}
	use := func(method, key, text string) {
		for _, k := range []defaultKey{{method, key}, {"", key}} {
			if v, has := d[k]; has && v == text {
				used[k] = true
			}
		}
	}
	for _, x := range ops {
		if x.prefix == "" {
			for _, w := range slices.Concat(x.parameters, x.responses) {
				use(x.method, w.key, w.text)
			}
			use(x.method, securityKey, x.security)
		}
	}
	rank := func(k defaultKey) int {
		switch {
		case isParameter(k.key):
			return 0
		case isResponse(k.key):
			return 1
		}
		return 2
	}
	keys := slices.SortedFunc(maps.Keys(used), func(a, b defaultKey) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.method, b.method), cmp.Compare(a.key, b.key))
	})
	for _, k := range keys {
		line := "all "
		if k.method != "" {
			line += k.method + " "
		}
		if isResponse(k.key) {
			lines = append(lines, line+"-> "+joinResponses([]word{{k.key, d[k]}}))
			continue
		}
		lines = append(lines, line+d[k])
	}
	return lines
}
