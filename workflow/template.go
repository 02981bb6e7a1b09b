package workflow

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
)

// Found is a workflow with its evidence.
type Found struct {
	Workflow
	// Runs is how often the chain was seen, and Sessions in how many sessions.
	Runs, Sessions int
	// Operations are the methods and paths of the steps, and Statuses those of their answers.
	Operations []string
	Statuses   [][]int
	// Links are the values that go from step to step.
	Links []Link
	// Flows are the flows of the newest runs, up to [MaxExamples]: one for each step.
	Flows [][]flow.Seq
}

// Link is a value of one step that a later step sends.
type Link struct {
	Step  string // that sends it
	Place string // where, such as "path order_id" or "body /order/id"
	From  string // the first step that has the value
	Value string // where, such as "$response.body#/id" or "$inputs.name"
	Runs  int
	// Flows are pairs of flows as examples, up to [MaxExamples]: the first one that has the value,
	// and the one that sends it.
	Flows [][2]flow.Seq
}

// MaxExamples bounds the flows that are named as evidence.
const MaxExamples = 3

// Summary is what [Learner.Workflows] found.
type Summary struct {
	Found []Found
	// Sessions is the number of sessions with operations of the document.
	Sessions int
	// OneOff is the number of chains that were seen once, TooLong that of runs with too many steps.
	OneOff, TooLong int
}

// DefaultLimit is the number of workflows that fit on a screen.
const DefaultLimit = 12

// First returns the first n, or all for 0.
func (s *Summary) First(n int) []Found {
	if n == 0 {
		return s.Found
	}
	return s.Found[:min(n, len(s.Found))]
}

// Workflows returns the chains that recur, in one session or in several. The chain with the most
// runs is first. Any order of [Learner.Add] gives the same.
func (l *Learner) Workflows() Summary {
	l.linkAll()
	runs, tooLong := l.runs()
	sessions := map[uint64]bool{}
	for _, x := range l.all {
		sessions[x.flow.Session] = true
	}
	chains, oneOff := l.chains(runs)
	s := Summary{Sessions: len(sessions), OneOff: oneOff, TooLong: tooLong}
	ids, outputs := map[string]bool{}, map[string]string{}
	for _, c := range chains {
		f := l.found(c, outputs)
		f.ID = free(ids, f.ID, "-")
		ids[f.ID] = true
		s.Found = append(s.Found, f)
	}
	return s
}

// found returns the workflow of a chain. outputs has the outputs of steps of earlier workflows, by
// their ids: Redocly's linter takes steps of equal ids for the same, also in several workflows.
func (l *Learner) found(c *chain, outputs map[string]string) Found {
	for taken := map[string]bool{}; ; {
		t := &template{l: l, c: c, taken: taken, outputs: make([]map[string]string, len(c.ops)), shared: map[spot]bool{}, inputs: map[string]*input{},
			sources: map[spot]stepLink{}}
		f := t.found()
		clash := false
		for _, s := range f.Steps {
			if had, ok := outputs[s.ID]; ok && had != fmt.Sprint(s.Outputs) {
				taken[s.ID], clash = true, true
			}
		}
		if clash {
			continue
		}
		for _, s := range f.Steps {
			outputs[s.ID] = fmt.Sprint(s.Outputs)
		}
		return f
	}
}

// spot is a place in the request of a step.
type spot struct {
	step int
	place
}

// input is a value that the caller of a workflow gives.
type input struct {
	Input
	spot    spot
	digests string // of the value in each run
}

// template is the workflow that is made of a chain.
type template struct {
	l       *Learner
	c       *chain
	taken   map[string]bool // ids of steps that are not free
	ids     []string
	like    [][]run             // for each step the runs whose requests have the same parts
	outputs []map[string]string // for each step: expressions by name
	shared  map[spot]bool       // sent again by later steps
	inputs  map[string]*input
	links   []Link
	sources map[spot]stepLink // of values that come from earlier steps
}

// stepLink is where a value comes from in nearly all runs: a link, and the number of its step.
type stepLink struct {
	*link
	step int
}

func (t *template) found() Found {
	taken := maps.Clone(t.taken)
	for i, op := range t.c.ops {
		t.ids = append(t.ids, free(taken, t.l.ops[op].name(), ""))
		taken[t.ids[i]] = true
		t.like = append(t.like, t.mostAlike(i))
		t.outputs[i] = map[string]string{}
	}
	for i := range t.c.ops {
		for _, p := range t.placesOf(i, true) {
			if k, from := t.link(i, p); k != nil {
				t.sources[spot{i, p}] = stepLink{k, from}
				if k.ref == "" {
					t.shared[spot{from, k.at}] = true
				}
			}
		}
	}
	f := Found{Runs: len(t.c.runs), Sessions: len(t.c.sessions)}
	for i := range t.c.ops {
		f.Steps = append(f.Steps, t.step(i))
		o := t.l.ops[t.c.ops[i]]
		f.Operations = append(f.Operations, o.method+" "+o.template)
		f.Statuses = append(f.Statuses, t.statuses(i))
	}
	for i := range f.Steps {
		if len(t.outputs[i]) > 0 {
			f.Steps[i].Outputs = t.outputs[i]
		}
	}
	f.Links, f.Outputs, f.Inputs = t.links, t.results(), t.schema()
	first := 0
	for first < len(t.ids) && t.givesKey(first) {
		first++
	}
	f.ID = t.ids[first%len(t.ids)] // the first if all only sign in
	if last := len(t.ids) - 1; first < last {
		f.ID += "-to-" + t.ids[last]
	}
	f.Summary = strings.Join(t.ids, " → ")
	f.Description = fmt.Sprintf("Seen %d times", f.Runs)
	if f.Sessions > 1 {
		f.Description += fmt.Sprintf(" in %d sessions", f.Sessions)
	}
	f.Description += "."
	for i := len(t.c.runs) - 1; i >= 0 && len(f.Flows) < MaxExamples; i-- {
		var all []flow.Seq
		for _, s := range t.c.runs[i].steps {
			all = append(all, s.last.flow.Seq)
		}
		f.Flows = append(f.Flows, all)
	}
	return f
}

func (t *template) givesKey(i int) bool {
	return slices.ContainsFunc(t.c.runs, func(r run) bool { return r.steps[i].last.givesKey })
}

// mostAlike returns the runs whose requests of a step have the parts that most have.
func (t *template) mostAlike(i int) []run {
	groups := map[string][]run{}
	best := ""
	for _, r := range t.c.runs {
		x := r.steps[i].last
		var parts []string
		for _, u := range x.uses {
			if !u.optional && (u.in != inBody || strings.Count(u.name, "/") < 2) {
				parts = append(parts, u.in+" "+u.name)
			}
		}
		slices.Sort(parts)
		name := x.contentType + "\n" + strings.Join(parts, "\n")
		groups[name] = append(groups[name], r)
	}
	for name, g := range groups {
		if best == "" || cmp.Or(cmp.Compare(len(g), len(groups[best])), -strings.Compare(name, best)) > 0 {
			best = name
		}
	}
	return groups[best]
}

// example returns the exchange of a step that the template has the form of.
func (t *template) example(i int) *exchange { return t.like[i][0].steps[i].last }

// placesOf returns the places of a step's request in a stable order.
func (t *template) placesOf(i int, all bool) (out []place) {
	for _, u := range t.example(i).uses {
		if all || u.in != inBody {
			out = append(out, u.place)
		}
	}
	return out
}

// at returns the value that a request has at a place, or nil.
func (x *exchange) at(p place) *use {
	i := slices.IndexFunc(x.uses, func(u use) bool { return u.place == p })
	if i < 0 {
		return nil
	}
	return &x.uses[i]
}

// link returns where the value of a place comes from in nearly all runs, and the number of that
// step; nil if it does not.
func (t *template) link(i int, p place) (best *link, from int) {
	type key struct {
		from int
		ref  string
		at   place
	}
	count := map[key]int{}
	for _, r := range t.like[i] {
		for _, k := range r.steps[i].last.links {
			if k.to != p {
				continue
			}
			id := key{r.number(k.from), k.ref, k.at}
			if count[id]++; id.from >= 0 && id.from < i && count[id]*10 >= len(t.like[i])*8 {
				best, from = k, id.from
			}
		}
	}
	if best != nil && best.ref == "" && t.example(from).at(best.at) == nil {
		return nil, 0
	}
	return best, from
}

// step returns the request of a step.
func (t *template) step(i int) Step {
	o, x := t.l.ops[t.c.ops[i]], t.example(i)
	s := Step{ID: t.ids[i], OperationID: o.id}
	if o.id == "" {
		s.OperationPath = "{$sourceDescriptions." + sourceName + ".url}" + PathOf(o.template, o.method)
	}
	var cookies []string
	for _, p := range t.placesOf(i, false) {
		u := x.at(p)
		k := t.sources[spot{i, p}].link
		if u.optional && k == nil || u.kind == openapi3.TypeArray {
			continue
		}
		value := t.value(i, p)
		expression, isText := value.(string)
		switch {
		case p.in == inCookie && isText && (k == nil || k.ref != setCookie):
			cookies = append(cookies, p.name+"={"+expression+"}")
		case p.in == inCookie && isText: // servers read the attributes of Set-Cookie as cookies of other names
			cookies = append(cookies, "{"+expression+"}")
		case p.in == inHeader && u.scheme != "" && k != nil:
			s.Parameters = append(s.Parameters, Parameter{p.name, p.in, u.scheme + "{" + expression + "}"})
		default:
			s.Parameters = append(s.Parameters, Parameter{p.name, p.in, value})
		}
	}
	if len(cookies) == 1 && strings.HasPrefix(cookies[0], "{") {
		cookies[0] = cookies[0][1 : len(cookies[0])-1]
	}
	if len(cookies) > 0 {
		s.Parameters = append(s.Parameters, Parameter{"Cookie", inHeader, strings.Join(cookies, "; ")})
	}
	if x.contentType != "" {
		s.RequestBody = &RequestBody{x.contentType, t.payload(i)}
	}
	var texts []string
	for _, status := range t.statuses(i) {
		texts = append(texts, fmt.Sprintf("$statusCode == %d", status))
	}
	s.Success = []Criterion{{strings.Join(texts, " || ")}}
	if c := t.polled(i); c != "" {
		s.Description = "Sent again until the condition is met."
		s.OnFailure = []Failure{{"poll", "retry", 1, 30, slices.Clone(s.Success)}}
		s.Success = append(s.Success, Criterion{c})
	}
	return s
}

// statuses returns the statuses that a step was answered with.
func (t *template) statuses(i int) []int {
	all := map[int]bool{}
	for _, r := range t.c.runs {
		all[r.steps[i].last.status] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// polled returns the condition for which clients sent a request again, or "" if they did not: a
// member that has one value in the end, and had others before.
func (t *template) polled(i int) string {
	last, changed := map[string]map[string]bool{}, map[string]bool{}
	polls := 0
	for _, r := range t.c.runs {
		s := r.steps[i]
		if len(s.before) == 0 {
			continue
		}
		polls++
		for pointer, text := range s.last.texts {
			if last[pointer] == nil {
				last[pointer] = map[string]bool{}
			}
			last[pointer][text] = true
			for _, x := range s.before {
				if before, ok := x.texts[pointer]; ok && before != text {
					changed[pointer] = true
				}
			}
		}
	}
	for _, pointer := range slices.Sorted(maps.Keys(changed)) {
		if len(last[pointer]) == 1 && polls >= minRuns {
			for text := range last[pointer] {
				return "$response.body#" + pointer + " == '" + strings.ReplaceAll(text, "'", "''") + "'"
			}
		}
	}
	return ""
}

// payload returns the body of a step.
func (t *template) payload(i int) any {
	if t.example(i).at(place{inBody, ""}) != nil {
		return t.part(i, "")
	}
	out := map[string]any{} // a form
	for _, u := range t.example(i).uses {
		if u.in == inBody {
			out[u.last()] = t.value(i, u.place)
		}
	}
	return out
}

// part returns a value of a JSON body: complete, unless values in it link.
func (t *template) part(i int, pointer string) any {
	u := t.example(i).at(place{inBody, pointer})
	isObject := u.kind == openapi3.TypeObject && t.example(i).isSplit(pointer)
	if !isObject && u.kind != openapi3.TypeArray || !(isObject && pointer == "") && !t.hasLinkBelow(i, pointer) {
		return t.value(i, u.place)
	}
	members, list := map[string]any{}, []any{}
	for _, v := range t.example(i).uses {
		rest, below := strings.CutPrefix(v.name, pointer+"/")
		if v.in != inBody || !below || strings.Contains(rest, "/") {
			continue
		}
		if isObject {
			members[lastToken(v.name)] = t.part(i, v.name)
		} else {
			list = append(list, t.part(i, v.name))
		}
	}
	if isObject {
		return members
	}
	return list
}

// isSplit reports whether the members of an object are known one by one.
func (x *exchange) isSplit(pointer string) bool {
	return slices.ContainsFunc(x.uses, func(u use) bool { return u.in == inBody && strings.HasPrefix(u.name, pointer+"/") })
}

func (t *template) hasLinkBelow(i int, pointer string) bool {
	return slices.ContainsFunc(t.placesOf(i, true), func(p place) bool {
		if p.in != inBody || !strings.HasPrefix(p.name, pointer+"/") {
			return false
		}
		_, isLinked := t.sources[spot{i, p}]
		return isLinked || t.shared[spot{i, p}]
	})
}

// value returns the expression for a place, or a literal that the document has.
func (t *template) value(i int, p place) any {
	if k, ok := t.sources[spot{i, p}]; ok {
		v := any(nil)
		if k.ref == "" {
			v = t.value(k.step, k.at)
		} else {
			v = "$steps." + t.ids[k.step] + ".outputs." + t.output(k.step, k.link)
		}
		t.note(i, p, k, v)
		return v
	}
	u := t.example(i).at(p)
	isSame := !slices.ContainsFunc(t.like[i], func(r run) bool {
		v := r.steps[i].last.at(p)
		return v == nil || v.literal != u.literal
	})
	switch {
	case u.kind == openapi3.TypeNull:
		return nil
	case u.literal != nil && isSame:
		return u.literal
	}
	return "$inputs." + t.input(i, u)
}

// note adds the evidence of a link.
func (t *template) note(i int, p place, k stepLink, value any) {
	n := Link{Step: t.ids[i], Place: strings.TrimSpace(p.in + " " + p.name), From: t.ids[k.step], Value: "$response." + k.ref}
	if k.ref == "" {
		n.Value = fmt.Sprint(value)
	}
	for j := len(t.c.runs) - 1; j >= 0; j-- {
		for _, other := range t.c.runs[j].steps[i].last.links {
			if other.to == p && other.ref == k.ref && other.at == k.at {
				if n.Runs++; len(n.Flows) < MaxExamples {
					n.Flows = append(n.Flows, [2]flow.Seq{other.from.flow.Seq, t.c.runs[j].steps[i].last.flow.Seq})
				}
			}
		}
	}
	if !slices.ContainsFunc(t.links, func(l Link) bool { return l.Step == n.Step && l.Place == n.Place }) {
		t.links = append(t.links, n)
	}
}
