package workflow

import (
	"cmp"
	"slices"
	"strings"
)

// link says that a value of a request was in an earlier exchange.
type link struct {
	to   place // of the request
	from *exchange
	ref  string // of the response of from, as in "$response." + ref; "" if from's request has it first
	at   place  // then: where that request has it
	// carries means that the value is of a header, a cookie or the access that the document
	// describes. It says who calls rather than what the call is about, and does not join steps.
	carries bool
}

// linkAll finds the links of all exchanges, which it orders.
func (l *Learner) linkAll() {
	slices.SortFunc(l.all, compareExchanges)
	for _, x := range l.all {
		x.links, x.givesKey = nil, false
	}
	l.linkRandom()
	l.linkInStep()
	l.dropChoices()
	for _, x := range l.all {
		for _, k := range x.links {
			k.from.givesKey = k.from.givesKey || k.carries
		}
	}
}

// sighting is a value in a session.
type sighting struct{ session, digest uint64 }

// origin is where a session had a value first.
type origin struct {
	x   *exchange
	ref string
	at  place
}

// linkRandom links values that are random with the exchange that had them first. Those that let a
// request in come from the operations that the document names; an app that renews the cookie of a
// session accepts that of the last sign-in.
func (l *Learner) linkRandom() {
	type holder struct {
		client uint64
		place
	}
	first, signedIn := map[sighting]origin{}, map[holder]origin{}
	l.first = first
	var waiting []*exchange // whose responses have not ended; ordered by their end
	settle := func(until *exchange) {
		for len(waiting) > 0 && (until == nil || !waiting[0].ended.After(until.began)) {
			x := waiting[0]
			waiting = waiting[1:]
			if to := (place{inCookie, x.cookie}); l.gives(x.op, to) {
				signedIn[holder{x.client, to}] = origin{x: x, ref: setCookie}
			}
			for _, g := range x.gives {
				k := sighting{x.flow.Session, g.digest}
				if o, ok := first[k]; !ok || o.x == x && o.ref != "" && betterRef(g.ref, o.ref) {
					first[k] = origin{x: x, ref: g.ref}
				}
			}
		}
	}
	for _, x := range l.all {
		settle(x)
		for i := range x.uses {
			u := &x.uses[i]
			_, isKnown := l.entry[u.folded()]
			k := sighting{x.flow.Session, u.digest}
			o, ok := first[k]
			if !ok && (u.strength > never || isKnown) {
				first[k] = origin{x: x, at: u.place}
			}
			if u.strength != strong && !isKnown || u.literal != nil {
				continue
			}
			if isKnown && (!ok || !l.gives(o.x.op, u.place)) {
				o, ok = signedIn[holder{x.client, u.place}]
				ok = ok && !l.gives(x.op, u.place)
			}
			carries := isKnown || u.in == inHeader || u.in == inCookie
			if ok && o.x != x && (o.ref != "" || !carries && !l.ops[o.x.op].reads()) && (o.ref != setCookie || u.in == inCookie) {
				x.links = append(x.links, &link{to: u.place, from: o.x, ref: o.ref, at: o.at, carries: carries})
			}
		}
		at, _ := slices.BinarySearchFunc(waiting, x, func(a, b *exchange) int { return cmp.Or(a.ended.Compare(b.ended), -1) })
		waiting = slices.Insert(waiting, at, x)
	}
}

// betterRef prefers bodies to headers, and in a body the upper levels.
func betterRef(a, b string) bool {
	depth := func(s string) int {
		if strings.HasPrefix(s, "body") {
			return strings.Count(s, "/")
		}
		return 100
	}
	return cmp.Or(cmp.Compare(depth(a), depth(b)), cmp.Compare(len(a), len(b)), strings.Compare(a, b)) < 0
}

// source is a part of the exchanges of an operation from which a value may come.
type source struct {
	op  int
	ref string
	at  place
}

// consumer is a part of the requests of an operation.
type consumer struct {
	op int
	to place
}

// vote is the evidence for a source.
type vote struct {
	matches []match
	values  map[uint64]bool
}

type match struct{ x, from *exchange }

// scope is a client with one credential, or with any.
type scope struct {
	client, credentials uint64
	any                 bool
}

// earlier returns the latest exchange of each operation before x: with the same credentials or
// without any, else with others.
func earlier(latest map[scope]map[int]*exchange, x *exchange) map[int]*exchange {
	before := map[int]*exchange{}
	for i, s := range []scope{{x.client, x.credentials, false}, {client: x.client}, {client: x.client, any: true}} {
		for op, y := range latest[s] {
			z := before[op]
			if op != x.op && (z == nil || i < 2 && compareExchanges(z, y) < 0) && !y.ended.After(x.began) {
				before[op] = y
			}
		}
	}
	return before
}

// linkInStep links short values with the latest exchange of an operation that has them in nearly
// all runs, if they vary.
func (l *Learner) linkInStep() {
	latest := map[scope]map[int]*exchange{}
	votes := map[consumer]map[source]*vote{}
	seen := map[consumer]map[int]int{} // how often an operation came before
	for _, x := range l.all {
		before := earlier(latest, x)
		for i := range x.uses {
			if u := &x.uses[i]; mayBeInStep(u) && !slices.ContainsFunc(x.links, func(k *link) bool { return k.to == u.place }) {
				c := consumer{x.op, u.place}
				if votes[c] == nil {
					votes[c], seen[c] = map[source]*vote{}, map[int]int{}
				}
				for op, y := range before {
					seen[c][op]++
					l.vote(votes[c], x, u, y)
				}
			}
		}
		for _, s := range []scope{{x.client, x.credentials, false}, {client: x.client, any: true}} {
			if latest[s] == nil {
				latest[s] = map[int]*exchange{}
			}
			latest[s][x.op] = x
		}
	}
	for c, all := range votes {
		best, found := source{}, false
		for s, v := range all {
			const most = 8 // of 10 requests whose operation came before
			varies := len(v.values) > 1 || l.declared[s][c.to.last()]
			if !varies || len(v.matches) < minRuns || len(v.matches)*10 < seen[c][s.op]*most {
				continue
			}
			if !found || l.compareSources(c, s, v, best, all[best]) < 0 {
				best, found = s, true
			}
		}
		if !found {
			continue
		}
		for _, m := range all[best].matches {
			m.x.links = append(m.x.links, &link{to: c.to, from: m.from, ref: best.ref, at: best.at})
		}
	}
}

// mayBeInStep reports whether a value that is not random may link: in a path, a query, or under a
// name of identifiers in a body.
func mayBeInStep(u *use) bool {
	if u.strength == never || u.literal != nil {
		return false
	}
	return u.in == inPath || u.in == inQuery || u.in == inBody && namesID(u.last())
}

// namesID reports whether a name is one of identifiers: id, issue_id, orderId, number, rev.
func namesID(name string) bool {
	lower := strings.ToLower(strings.TrimLeft(name, "_"))
	return strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "ID") ||
		slices.Contains([]string{"id", "number", "no", "num", "key", "code", "rev", "version", "slug", "cursor", "token", "name"}, lower)
}

// vote adds the evidence of an earlier exchange about a value.
func (l *Learner) vote(votes map[source]*vote, x *exchange, u *use, from *exchange) {
	add := func(s source) {
		v := votes[s]
		if v == nil {
			v = &vote{values: map[uint64]bool{}}
			votes[s] = v
		}
		v.values[u.digest] = true
		v.matches = append(v.matches, match{x, from})
	}
	isEcho := false
	if !l.ops[from.op].reads() {
		for i := range from.uses {
			w := &from.uses[i]
			if w.digest == u.digest && w.in != inHeader && w.in != inCookie && (u.strength > weak || w.last() == u.last() || namesID(w.last())) {
				isEcho = true
				add(source{from.op, "", w.place})
			}
		}
	}
	for _, g := range from.given(u.digest) {
		// A response repeats what was sent, which is then the source.
		if name := lastToken(g.ref); !isEcho && (u.strength > weak || name == u.last() || namesID(name)) {
			add(source{op: from.op, ref: g.ref})
		}
	}
}

// compareSources orders the sources of a consumer, the best first.
func (l *Learner) compareSources(c consumer, a source, va *vote, b source, vb *vote) int {
	rank := func(s source) string {
		name := lastToken(s.ref)
		if s.ref == "" {
			name = s.at.last()
		}
		o := l.ops[s.op]
		r := "2"
		switch {
		case name == c.to.last():
			r = "0"
		case namesID(name):
			r = "1"
		}
		if o.reads() { // a write is nearer to the origin
			r += "r"
		}
		return strings.Join([]string{r, o.template, o.method, s.ref, s.at.in, s.at.name}, "\x00")
	}
	return cmp.Or(-cmp.Compare(len(va.matches), len(vb.matches)), cmp.Compare(rank(a), rank(b)))
}

// dropChoices drops links to an item of a list unless it is the same item in nearly all requests:
// else somebody chose it.
func (l *Learner) dropChoices() {
	type class struct {
		consumer
		op  int
		ref string
	}
	count, all := map[class]map[string]int{}, map[class]int{}
	of := func(x *exchange, k *link) (class, bool) {
		general := withoutIndexes(k.ref)
		return class{consumer{x.op, k.to}, k.from.op, general}, general != k.ref
	}
	for _, x := range l.all {
		for _, k := range x.links {
			if c, ok := of(x, k); ok {
				if count[c] == nil {
					count[c] = map[string]int{}
				}
				count[c][k.ref]++
				all[c]++
			}
		}
	}
	for _, x := range l.all {
		x.links = slices.DeleteFunc(x.links, func(k *link) bool {
			c, ok := of(x, k)
			return ok && count[c][k.ref]*10 < all[c]*8
		})
	}
}

// withoutIndexes replaces the indexes of a pointer.
func withoutIndexes(ref string) string {
	tokens := strings.Split(ref, "/")
	for i, t := range tokens {
		if i > 0 && t != "" && strings.Trim(t, "0123456789") == "" {
			tokens[i] = "*"
		}
	}
	return strings.Join(tokens, "/")
}

// NamesMadeID reports whether a name is one of identifiers that a server makes: no name, code or
// number that a person chooses.
func NamesMadeID(name string) bool {
	return namesID(name) && !slices.Contains([]string{"number", "no", "num", "code", "version", "slug", "name"}, strings.ToLower(name))
}
