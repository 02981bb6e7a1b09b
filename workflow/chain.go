package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// run is one run of a chain: its steps in the order of time.
type run struct{ steps []step }

// step is one operation of a run. Repeated requests, as of a poll, are one step, and last is the
// one that was sent last.
type step struct {
	last   *exchange
	before []*exchange
}

// Limits of a workflow.
const (
	minSteps = 2
	maxSteps = 12
	minRuns  = 2
)

// runs splits the exchanges into runs. tooLong is the number of those with too many steps.
func (l *Learner) runs() (out []run, tooLong int) {
	set := newSets(l.all)
	joined := map[*exchange]bool{}
	isHub := func(k *link) bool { return l.ops[k.from.op].reads() || k.from.givesKey }
	for _, x := range l.all {
		for _, k := range x.links {
			if !k.carries && !isHub(k) {
				set.join(x, k.from)
				joined[x], joined[k.from] = true, true
			}
		}
	}
	for _, x := range l.all { // exchanges that take a value of a read that belongs to a chain
		for _, k := range x.links {
			if !k.carries && !joined[x] && joined[k.from] && !k.from.givesKey {
				set.join(x, k.from)
				joined[x] = true
			}
		}
	}
	// Exchanges with the same value of a list, for example, belong together. The values of a
	// sign-in are in all requests, so there each exchange is separate.
	type taken struct {
		from *exchange
		ref  string
	}
	first := map[taken]*exchange{}
	for _, x := range l.all {
		if joined[x] {
			continue
		}
		for _, k := range x.links {
			if k.carries {
				continue
			}
			t := taken{k.from, k.ref}
			if y := first[t]; y != nil && !k.from.givesKey {
				set.join(x, y)
			} else if y == nil {
				first[t] = x
			}
		}
	}
	groups := map[*exchange][]*exchange{}
	for _, x := range l.all {
		if slices.ContainsFunc(x.links, func(k *link) bool { return !k.carries }) || joined[x] {
			root := set.find(x)
			groups[root] = append(groups[root], x)
		}
	}
	for _, x := range l.all { // in the order of time
		group := groups[set.find(x)]
		if len(group) == 0 || group[0] != x {
			continue
		}
		r := l.runOf(group)
		switch {
		case len(r.steps) > maxSteps:
			tooLong++
		case len(r.steps) >= minSteps && !slices.ContainsFunc(r.steps, func(s step) bool { return s.last.unclear }):
			out = append(out, r)
		}
	}
	return out, tooLong
}

// runOf returns the run of some exchanges and of all that their values come from.
func (l *Learner) runOf(group []*exchange) run {
	r := run{ordered(group, nil)}
	for in := 0; in < len(r.steps); {
		in = len(r.steps)
		var more []*exchange
		for _, s := range r.steps {
			for _, k := range s.last.links {
				if r.number(k.from) < 0 && !slices.Contains(more, k.from) {
					more = append(more, k.from)
				}
			}
		}
		if len(more) > 0 {
			r.steps = ordered(more, r.steps)
		}
	}
	return r
}

// ordered returns steps and those of more exchanges in the order of time, without repeats.
func ordered(more []*exchange, steps []step) []step {
	for _, x := range more {
		steps = append(steps, step{last: x})
	}
	slices.SortFunc(steps, func(a, b step) int { return compareExchanges(a.last, b.last) })
	for size := 1; size <= 4; size++ {
		steps = withoutRepeats(steps, size)
	}
	return steps
}

// withoutRepeats makes one of blocks of steps that follow each other and have the same operations,
// unless the later block needs a value of the earlier one.
func withoutRepeats(steps []step, size int) []step {
	for i := size; i+size <= len(steps); {
		a, b := steps[i-size:i], steps[i:i+size]
		if !slices.EqualFunc(a, b, func(x, y step) bool { return x.last.op == y.last.op }) || needs(b, a) {
			i++
			continue
		}
		for n := range a {
			b[n].before = slices.Concat(a[n].before, []*exchange{a[n].last}, b[n].before)
		}
		steps = slices.Delete(steps, i-size, i)
	}
	return steps
}

func needs(b, a []step) bool {
	for _, s := range b {
		for _, k := range s.last.links {
			if slices.ContainsFunc(a, func(t step) bool { return t.last == k.from || slices.Contains(t.before, k.from) }) {
				return true
			}
		}
	}
	return false
}

// number returns the index of the step with an exchange.
func (r *run) number(x *exchange) int {
	return slices.IndexFunc(r.steps, func(s step) bool { return s.last == x || slices.Contains(s.before, x) })
}

// chain is a sequence of operations with its runs.
type chain struct {
	ops      []int
	runs     []run
	sessions int
}

// chains returns the sequences of operations that recur, the most useful first.
func (l *Learner) chains(runs []run, sessions int) (out []*chain, oneOff int) {
	bySequence := map[string]*chain{}
	for _, r := range runs {
		ops := make([]int, len(r.steps))
		for i, s := range r.steps {
			ops[i] = s.last.op
		}
		name := fmt.Sprint(ops)
		if bySequence[name] == nil {
			bySequence[name] = &chain{ops: ops}
			out = append(out, bySequence[name])
		}
		bySequence[name].runs = append(bySequence[name].runs, r)
	}
	for _, c := range out {
		in := map[uint64]bool{}
		for _, r := range c.runs {
			in[r.steps[0].last.flow.Session] = true
		}
		c.sessions = len(in)
	}
	support := func(c *chain) int {
		if sessions > 1 {
			return c.sessions
		}
		return len(c.runs)
	}
	all := len(out)
	out = slices.DeleteFunc(out, func(c *chain) bool { return support(c) < minRuns })
	oneOff = all - len(out)
	slices.SortFunc(out, func(a, b *chain) int {
		return cmp.Or(cmp.Compare(support(b), support(a)), cmp.Compare(len(b.runs), len(a.runs)), cmp.Compare(len(b.ops), len(a.ops)),
			strings.Compare(l.sequence(a), l.sequence(b)))
	})
	return withoutParts(out), oneOff
}

func (l *Learner) sequence(c *chain) string {
	var names []string
	for _, op := range c.ops {
		names = append(names, l.ops[op].template, l.ops[op].method)
	}
	return strings.Join(names, "\n")
}

// withoutParts drops chains that another chain makes redundant. If one of two has all steps of the
// other in the same order, the one with further steps at its end stays; if both end in the same
// step, the one with more runs stays. The chains are ordered by their runs.
func withoutParts(all []*chain) []*chain {
	var out []*chain
	for i, c := range all {
		isPart := slices.ContainsFunc(all, func(d *chain) bool {
			return len(d.ops) > len(c.ops) && d.ops[len(d.ops)-1] != c.ops[len(c.ops)-1] && isSubsequence(c.ops, d.ops)
		})
		isVariant := slices.ContainsFunc(all[:i], func(d *chain) bool {
			return d.ops[len(d.ops)-1] == c.ops[len(c.ops)-1] && (isSubsequence(d.ops, c.ops) || isSubsequence(c.ops, d.ops))
		})
		if !isPart && !isVariant {
			out = append(out, c)
		}
	}
	return out
}

func isSubsequence(sub, list []int) bool {
	for _, x := range list {
		if len(sub) > 0 && sub[0] == x {
			sub = sub[1:]
		}
	}
	return len(sub) == 0
}

// sets are disjoint sets of exchanges (union-find).
type sets map[*exchange]*exchange

func newSets(all []*exchange) sets {
	s := make(sets, len(all))
	for _, x := range all {
		s[x] = x
	}
	return s
}

func (s sets) find(x *exchange) *exchange {
	for s[x] != x {
		s[x] = s[s[x]]
		x = s[x]
	}
	return x
}

func (s sets) join(a, b *exchange) { s[s.find(a)] = s.find(b) }
