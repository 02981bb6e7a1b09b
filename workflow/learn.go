package workflow

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// Learner finds the workflows of one document. Its methods may be called from one goroutine at a
// time.
type Learner struct {
	router  *router.Router
	anyHost bool
	seed    maphash.Seed
	keys    []string // headers of security schemes, in lower case
	cookies []string // of security schemes
	all     []*exchange
	values  int
	index   map[operation]int // of operations, from 1
	ops     []operation
	left    int
	first   map[sighting]origin
	// declared has the names of the parameters that the document links with a part of a response.
	declared map[source]map[string]bool
	// entry has the operations whose answers give what requests have at a place, by openapi.Access:
	// "" for a page.
	entry map[place][]string
}

// operation is an operation of the document.
type operation struct{ method, template, id string }

// exchange is the retained part of one flow.
type exchange struct {
	flow         *flow.Flow // without bodies
	op           int        // in Learner.ops
	client       uint64     // a session and the name of its program
	credentials  uint64     // 0 without credentials
	began, ended time.Time
	status       int
	uses         []use
	gives        []give
	cookie       string // the name, if the response sets one
	texts        map[string]string
	contentType  string
	unclear      bool // no expression can describe the body
	links        []*link
	givesKey     bool // a later request has a value of the response in its header
}

// Limits of what a learner keeps.
const (
	maxFlows  = 50_000
	maxKept   = 3_000_000 // values
	failsFrom = 400
)

// New returns a learner for a document. With anyHost, flows of all hosts match.
func New(doc *openapi3.T, anyHost bool) (*Learner, error) {
	r, err := router.New(doc)
	if err != nil {
		return nil, fmt.Errorf("read the paths of the document: %w", err)
	}
	l := &Learner{router: r, anyHost: anyHost, seed: maphash.MakeSeed(), index: map[operation]int{}, keys: []string{"authorization"},
		declared: map[source]map[string]bool{}, entry: map[place][]string{}}
	l.readLinks(doc)
	if doc.Components == nil {
		return l, nil
	}
	l.readAccess(doc)
	for _, s := range doc.Components.SecuritySchemes {
		switch {
		case s.Value == nil || s.Value.Type != "apiKey":
		case s.Value.In == inHeader:
			l.keys = append(l.keys, strings.ToLower(s.Value.Name))
		case s.Value.In == inCookie:
			l.cookies = append(l.cookies, s.Value.Name)
		}
	}
	return l, nil
}

// readLinks reads the links of the document.
func (l *Learner) readLinks(doc *openapi3.T) {
	if doc.Paths == nil {
		return
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Responses == nil {
				continue
			}
			for _, res := range op.Responses.Map() {
				if res.Value == nil {
					continue
				}
				for _, k := range res.Value.Links {
					if k.Value == nil {
						continue
					}
					for name, v := range k.Value.Parameters {
						from, _ := v.(string)
						ref, ok := strings.CutPrefix(from, "$response.")
						s := source{op: l.number(operation{method, path, op.OperationID}), ref: ref}
						if !ok {
							continue
						}
						if l.declared[s] == nil {
							l.declared[s] = map[string]bool{}
						}
						l.declared[s][name[strings.LastIndexByte(name, '.')+1:]] = true
					}
				}
			}
		}
	}
}

// readAccess reads which answers have the credentials and the tokens against forged requests.
func (l *Learner) readAccess(doc *openapi3.T) {
	access := openapi.AccessOf(doc)
	give := func(to place, operation string) { l.entry[to] = append(l.entry[to], operation) }
	for _, in := range access.SignIn {
		for name := range in.Gives {
			if s := doc.Components.SecuritySchemes[name]; s != nil && s.Value != nil {
				give(place{cmp.Or(s.Value.In, inHeader), cmp.Or(s.Value.Name, "authorization")}.folded(), in.Operation)
			}
		}
	}
	for _, t := range access.AntiForgery {
		to := place{inBody, below("", t.Field)}
		if t.Header != "" {
			to = place{inHeader, t.Header}.folded()
		}
		for _, from := range t.From {
			give(to, from.Operation)
		}
	}
}

// gives reports whether answers of an operation have what requests carry at a place.
func (l *Learner) gives(op int, to place) bool {
	return slices.Contains(l.entry[to.folded()], l.ops[op].method+" "+l.ops[op].template)
}

// Add adds a flow, in any order. It reports whether the flow may be a step: its operation is in the
// document, the server answered without an error, and it was not sent again by an agent.
func (l *Learner) Add(f *flow.Flow) bool {
	if f.Response == nil || f.Response.Status >= failsFrom || f.Source == flow.SourceReplay || f.Request.Method == "OPTIONS" {
		return false
	}
	authority := f.Request.Authority
	if l.anyHost {
		authority = ""
	}
	m, ok := l.router.FindFlow(f, authority)
	if !ok {
		return false
	}
	if len(l.all) == maxFlows || l.values > maxKept {
		l.left++
		return false
	}
	r := &reader{l: l, match: &m, path: f.Request.Path, texts: map[string]string{}}
	contentType, ok := r.request(&f.Request)
	r.response(f.Response)
	l.values += len(r.uses) + len(r.gives)
	slices.SortStableFunc(r.gives, func(a, b give) int { return cmp.Compare(a.digest, b.digest) })
	x := &exchange{
		flow: &flow.Flow{Seq: f.Seq, ID: f.ID, Session: f.Session},
		op:   l.number(operation{m.Method, m.Template, m.Operation.OperationID}), client: r.digest(fmt.Sprint(f.Session, f.Request.Header.Get("User-Agent"))),
		began: f.Started, ended: f.Started.Add(f.Took), status: f.Response.Status,
		uses: r.uses, gives: r.gives, cookie: r.cookie, texts: r.texts, contentType: contentType, unclear: !ok,
	}
	for _, u := range r.uses {
		if u.in == inCookie || u.in == inHeader && slices.Contains(l.keys, strings.ToLower(u.name)) {
			x.credentials += u.digest
		}
	}
	l.all = append(l.all, x)
	return true
}

// Left returns the number of flows for which there was no memory.
func (l *Learner) Left() int { return l.left }

func (l *Learner) number(o operation) int {
	i, ok := l.index[o]
	if !ok {
		i = len(l.ops)
		l.ops, l.index[o] = append(l.ops, o), i
	}
	return i
}

// reads reports whether an operation changes nothing.
func (o operation) reads() bool { return o.method == "GET" || o.method == "HEAD" }

// given returns what the response has of a value.
func (x *exchange) given(digest uint64) []give {
	i, ok := slices.BinarySearchFunc(x.gives, digest, func(g give, d uint64) int { return cmp.Compare(g.digest, d) })
	if !ok {
		return nil
	}
	end := i
	for end < len(x.gives) && x.gives[end].digest == digest {
		end++
	}
	return x.gives[i:end]
}

// compareExchanges orders by time. Flows that began at the same time are ordered by their numbers
// and ids.
func compareExchanges(a, b *exchange) int {
	return cmp.Or(a.began.Compare(b.began), cmp.Compare(a.flow.Seq, b.flow.Seq), strings.Compare(a.flow.ID.String(), b.flow.ID.String()))
}
