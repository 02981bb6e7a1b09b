package workflow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
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
	maxParts = 4 // how often a run is divided
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
	groups := set.groups(l.all, func(x *exchange) bool {
		return joined[x] || slices.ContainsFunc(x.links, func(k *link) bool { return !k.carries })
	})
	hubs := map[*exchange]bool{}
	for range maxParts {
		seen := map[string]int{}
		var all []run
		for _, group := range groups {
			r := l.runOf(group, hubs)
			all = append(all, r)
			seen[r.sequence()]++
		}
		var parts [][]*exchange
		for i, r := range all {
			isLong := len(r.steps) > maxSteps
			if isLong || seen[r.sequence()] < minRuns {
				in := len(parts)
				if parts = append(parts, divide(groups[i], hubs)...); isLong && len(parts) == in {
					tooLong++
				}
			}
			if !isLong && l.isUseful(&r) {
				out = append(out, r)
			}
		}
		groups = parts
	}
	return out, tooLong
}

// divide returns the parts of a group that remain without the exchange from which most of the
// others have a value, which it adds to hubs. That value, such as the id of a project in which all
// is done, is an input of each part.
func divide(group []*exchange, hubs map[*exchange]bool) [][]*exchange {
	takers := map[*exchange]int{}
	var hub *exchange
	for _, x := range group {
		for _, k := range x.links {
			if takers[k.from]++; !k.carries && !hubs[k.from] && (hub == nil || takers[k.from] > takers[hub]) {
				hub = k.from
			}
		}
	}
	if takers[hub] < minRuns {
		return nil
	}
	hubs[hub] = true
	set := newSets(group)
	for _, x := range group {
		for _, k := range x.links {
			if set[k.from] != nil && !k.carries && !hubs[k.from] {
				set.join(x, k.from)
			}
		}
	}
	return set.groups(group, func(x *exchange) bool { return !hubs[x] })
}

// isUseful reports whether a run has a value that an answer made, and that no request had before.
func (l *Learner) isUseful(r *run) bool {
	isMade := false
	for _, s := range r.steps {
		if s.last.unclear {
			return false
		}
		for _, k := range s.last.links {
			from, u := r.number(k.from), s.last.at(k.to)
			if k.carries || k.ref == "" || from < 0 {
				continue
			}
			isNew := u.kind == openapi3.TypeInteger || l.first[sighting{s.last.flow.Session, u.digest}].ref != "" // a small number counts many things
			isMade = isMade || isNew && !slices.ContainsFunc(r.steps[:from+1], func(t step) bool { return t.last.sends(u.digest) })
		}
	}
	return isMade && len(r.steps) >= minSteps
}

// sends reports whether a request has a value other than in its header.
func (x *exchange) sends(digest uint64) bool {
	return slices.ContainsFunc(x.uses, func(u use) bool { return u.digest == digest && u.in != inHeader && u.in != inCookie })
}

// runOf returns the run of some exchanges and of all that their values come from, except for hubs.
func (l *Learner) runOf(group []*exchange, hubs map[*exchange]bool) run {
	r := run{steps: ordered(group, nil)}
	for in := 0; in < len(r.steps); {
		in = len(r.steps)
		var more []*exchange
		for _, s := range r.steps {
			for _, k := range s.last.links {
				if !hubs[k.from] && r.number(k.from) < 0 && !slices.Contains(more, k.from) {
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

// sequence returns the operations of a run as a key.
func (r *run) sequence() string {
	ops := make([]int, len(r.steps))
	for i, s := range r.steps {
		ops[i] = s.last.op
	}
	return fmt.Sprint(ops)
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
	sessions map[uint64]bool
}

// chains returns the sequences of operations that recur, the most useful first.
func (l *Learner) chains(runs []run) (out []*chain, oneOff int) {
	bySequence := map[string]*chain{}
	for _, r := range runs {
		name := r.sequence()
		c := bySequence[name]
		if c == nil {
			c = &chain{sessions: map[uint64]bool{}}
			for _, s := range r.steps {
				c.ops = append(c.ops, s.last.op)
			}
			bySequence[name] = c
			out = append(out, c)
		}
		c.runs = append(c.runs, r)
		c.sessions[r.steps[0].last.flow.Session] = true
	}
	all := len(out)
	out = slices.DeleteFunc(out, func(c *chain) bool { return len(c.runs) < minRuns })
	oneOff = all - len(out)
	slices.SortFunc(out, func(a, b *chain) int {
		return cmp.Or(cmp.Compare(len(b.runs), len(a.runs)), cmp.Compare(len(b.sessions), len(a.sessions)), cmp.Compare(len(b.ops), len(a.ops)),
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

// groups returns the sets of the exchanges that are wanted, in the order of all.
func (s sets) groups(all []*exchange, wanted func(*exchange) bool) (out [][]*exchange) {
	of := map[*exchange][]*exchange{}
	for _, x := range all {
		if wanted(x) {
			of[s.find(x)] = append(of[s.find(x)], x)
		}
	}
	for _, x := range all {
		if group := of[s.find(x)]; len(group) > 0 && group[0] == x {
			out = append(out, group)
		}
	}
	return out
}
