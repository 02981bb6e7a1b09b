package infer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
)

// candidate is one method of one template on its way to become an operation.
type candidate struct {
	template *route.Template
	method   string
	facts    *methodFacts
	variant  call.Variant
	full     string // the whole template, the servers' prefix included
	steps    []step
	told     []step // of the steps those that names are made of
	op       Operation
	alone    bool             // no other method is at its path
	access   *security.Access // see [security.Decision]; empty for an operation that is left out
}

// verdict is all that was decided at once, and what explains it.
type verdict struct {
	doc       Document
	templates []route.Template
	in, out   []*candidate // with an operation, and without
	plan      schemaPlan
	schemas   schema.Decision
}

// Document decides. It is a pure function of the facts and the policy: the model stays as it is.
func (m *Model) Document(p Policy) Document { return m.decide(p).doc }

func (m *Model) decide(p Policy) *verdict {
	h, main := m.selected(p)
	v := &verdict{doc: Document{Title: main, Flows: h.flows}}
	d := &v.doc
	v.templates = h.tree.Templates(route.Options{Corrections: p.Corrections.routes()})
	d.Unfit = p.Corrections.unfit(v.templates, m)
	excluded := map[string]int64{}
	for reason, n := range h.excluded {
		excluded[reason] += n
	}
	for i := range v.templates {
		t := &v.templates[i]
		for _, mf := range t.Methods {
			for _, c := range candidates(t, mf) {
				if reason := c.exclusion(&p.Corrections); reason != "" {
					excluded[reason] += c.facts.flows()
					v.out = append(v.out, c)
					continue
				}
				if n := c.facts.malformed(); n > 0 {
					excluded[ReasonMalformed] += n
				}
				if n := c.unchanged(); n > 0 {
					excluded[ReasonUnchanged] += n
				}
				v.in = append(v.in, c)
			}
		}
	}
	for _, reason := range sortedKeys(excluded) {
		d.Excluded = append(d.Excluded, Exclusion{reason, excluded[reason]})
	}
	tell(v.in)
	v.decideSchemas(p)
	decideServers(v.in, d)
	decideSecurity(v.in, v.out, d)
	tell(v.in) // of what the servers' prefix leaves
	decideNames(v.in, v.schemas.Components)
	decideLinks(v.in, d)
	for _, c := range v.in {
		d.Operations = append(d.Operations, c.op)
	}
	slices.SortFunc(d.Operations, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return v
}

// selected returns the facts that the policy asks for, and the host with most flows among them. The facts of
// several hosts are merged into a fresh copy.
func (m *Model) selected(p Policy) (facts *host, main string) {
	names := slices.Clone(p.Hosts)
	if len(names) == 0 {
		names = sortedKeys(m.hosts)
	}
	for _, from := range sortedKeys(p.Corrections.Hosts) {
		if to := p.Corrections.Hosts[from]; slices.Contains(names, to) && !slices.Contains(names, from) {
			names = append(names, from)
		}
	}
	var known []string
	for _, a := range names {
		if h := m.hosts[a]; h != nil {
			known = append(known, a)
			if facts == nil || h.flows > m.hosts[main].flows {
				facts, main = h, a
			}
		}
	}
	switch len(known) {
	case 0:
		return newHost(), strings.Join(p.Hosts, ", ")
	case 1:
		return facts, main
	}
	facts = newHost()
	for _, a := range known {
		facts.merge(m.hosts[a])
	}
	return facts, main
}

// candidates are the operations of one method of a template: one, or one for each variant.
func candidates(t *route.Template, mf route.MethodFacts) []*candidate {
	facts := mf.Payload.(*methodFacts)
	var out []*candidate
	add := func(facts *methodFacts, v call.Variant) {
		if facts.seen > 0 {
			out = append(out, &candidate{template: t, method: mf.Method, facts: facts, variant: v,
				full: t.String() + v.Fragment(), steps: stepsOf(t), access: &security.Access{}})
		}
	}
	for _, key := range variantKeys(facts.variants) {
		v, sub := variantOfKey(key[0]), facts.variants.Get(key[0]).m
		if len(key) > 1 { // a query and a mutation of one name: one path can tell of one operation
			whole := newMethodFacts()
			for _, k := range key {
				whole.Merge(facts.variants.Get(k).m)
			}
			sub = whole
		}
		add(sub, v)
	}
	if facts.variants.Overflowed() { // more than are told apart
		whole := newMethodFacts()
		whole.Merge(facts)
		whole.Merge(facts.variants.Pooled().m)
		facts = whole
	}
	add(facts, call.Variant{})
	return out
}

func variantOfKey(key string) call.Variant {
	i := strings.LastIndexByte(key, ' ')
	return call.Variant{Kind: key[:i], Name: key[i+1:]}
}

// variantKeys groups the keys of variants that a path would call the same. The first of each says most of what it is.
func variantKeys(variants *bottomk.Map[*variantFacts]) [][]string {
	var out [][]string
	at := map[string]int{}
	for _, key := range variants.Names() {
		v := variantOfKey(key)
		i, ok := at[v.Fragment()]
		switch {
		case !ok:
			at[v.Fragment()] = len(out)
			out = append(out, []string{key})
		case variantOfKey(out[i][0]).Kind == call.KindPersisted:
			out[i] = append([]string{key}, out[i]...)
		default:
			out[i] = append(out[i], key)
		}
	}
	return out
}

// exclusion says why the candidate is no operation, "" when it is one.
func (c *candidate) exclusion(by *Corrections) string {
	if by.leavesOut(c.template) {
		return ReasonCorrected
	}
	if c.template.Overflow {
		return ReasonOverflow
	}
	statuses := sortedInts(c.facts.responses)
	if reason := excludedStatuses(statuses); reason == ReasonNotServed || reason == ReasonNotFound && c.template.NotFound {
		return reason
	}
	if read := c.method == "GET" || c.method == "HEAD"; read && c.facts.redirects == c.facts.seen {
		return ReasonRedirect
	}
	if c.method == "GET" && c.facts.onlyPages() {
		return ReasonPage
	}
	return ""
}

// unchanged counts the answers that say what others of the operation say better.
func (c *candidate) unchanged() (n int64) {
	for status, r := range c.facts.responses {
		if c.saysNothing(status) {
			n += r.seen
		}
	}
	return n
}

// saysNothing says whether the other answers tell what those of a status do.
func (c *candidate) saysNothing(status int) bool {
	return len(c.facts.responses) > 1 && IsUnchanged(c.method, status)
}

// onlyPages says whether every answer that went well was HTML.
func (m *methodFacts) onlyPages() bool {
	pages := false
	for status, r := range m.responses {
		for _, t := range r.media.Names() {
			switch {
			case t != "text/html" && t != "application/xhtml+xml":
				return false
			case status < 300:
				pages = true
			}
		}
	}
	return pages
}

func stepsOf(t *route.Template) []step {
	var out []step
	for _, s := range t.Segments {
		var st step
		for _, part := range s.Chunks {
			if part.Param != nil {
				st.params = append(st.params, part.Param.Name)
			} else if len(s.Chunks) == 1 {
				st.literal = part.Literal
			}
		}
		out = append(out, st)
	}
	return out
}

// decideServers finds the origins and the prefix that all operations share.
func decideServers(cs []*candidate, d *Document) {
	if len(cs) == 0 {
		return
	}
	n := sharedPrefix(cs)
	prefix := ""
	for _, s := range cs[0].template.Segments[:n] {
		prefix += "/" + s.String()
	}
	total := map[string]int{} // origin → operations
	for _, c := range cs {
		for _, o := range c.facts.origins.Names() {
			total[o]++
		}
	}
	origins := sortedKeys(total)
	slices.SortStableFunc(origins, func(a, b string) int {
		return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(b, a)) // https before http
	})
	main := origins[0]
	own := map[string]bool{} // origins with operations that main does not have
	for _, c := range cs {
		if !slices.Contains(c.facts.origins.Names(), main) {
			for _, o := range c.facts.origins.Names() {
				own[o] = true
			}
		}
	}
	for _, o := range origins {
		if o == main || !own[o] {
			d.Servers = append(d.Servers, o+prefix)
		}
	}
	for _, c := range cs {
		c.op.Path = strings.TrimPrefix(c.full, prefix)
		if c.op.Path == "" {
			c.op.Path = "/"
		}
		c.steps = c.steps[n:]
		if names := c.facts.origins.Names(); !slices.Contains(names, main) {
			for _, o := range names {
				c.op.Servers = append(c.op.Servers, o+prefix)
			}
		}
	}
}

// sharedPrefix counts the leading segments that belong into the server's URL: literals that all operations
// share, ending in a version or "api", with something left below for each.
func sharedPrefix(cs []*candidate) int {
	first := cs[0].template.Segments
	n := len(first)
	for _, c := range cs {
		segs := c.template.Segments
		n = min(n, len(segs)-1)
		for i := range max(n, 0) {
			if segs[i].String() != first[i].String() || len(segs[i].Chunks) != 1 || segs[i].Chunks[0].Param != nil {
				n = i
				break
			}
		}
	}
	for ; n > 0; n-- {
		last := first[n-1].String()
		if isVersion(last) || strings.EqualFold(last, "api") || strings.EqualFold(last, "rest") {
			return n
		}
	}
	return 0
}

// decideSchemas decides all bodies and parameters of all operations together, since what one shows helps another.
func (v *verdict) decideSchemas(p Policy) {
	common := map[string]int{} // method and query parameter → operations that know it
	methods := map[string]int{}
	for _, c := range v.in {
		methods[c.full]++
	}
	for _, c := range v.in {
		c.alone = methods[c.full] == 1
		c.op.Method, c.op.Seen = c.method, c.facts.flows()-c.facts.malformed()-c.unchanged()
		v.plan.operation(c)
		for _, name := range c.facts.query.Names() {
			common[c.method+" "+name]++
		}
	}
	v.schemas = schema.Decide(v.plan.positions, p.Schema)
	for i, set := range v.plan.setters {
		set(v.schemas.Schemas[i])
	}
	v.doc.Components = v.schemas.Components
	shared := newOptions(v.in, v.schemas.Components)
	v.plan.xml.decide(p.Schema, &v.doc)
	for _, c := range v.in {
		decideParams(c, p, common, shared)
	}
	decideCalls(v.in, &v.doc)
}
