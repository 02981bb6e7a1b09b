package infer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/naming"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/infer/site"
)

// endpoint is one method and variant of a template: an operation, unless it is excluded.
type endpoint struct {
	template *route.Template
	method   string
	facts    *methodFacts
	choices  []route.Choice
	variant  call.Variant
	refused  bool             // see [route.MethodFacts]
	isData   bool             // a name in its path may be data of a person
	patches  []string         // media types of patches that no request shows
	path     string           // of the template, with the servers' prefix and the fragment
	segments []naming.Segment // below the servers' prefix, which decideServers drops
	reduced  []naming.Segment // the segments that names are made of
	isAlone  bool             // its path has no other method
	access   *security.Access // see [security.Decision]; empty for a endpoint that is excluded
	op       Operation
}

// decision is a document and everything that explains it.
type decision struct {
	doc       Document
	templates []route.Template
	included  []*endpoint
	excluded  []*endpoint
	plan      schemaPlan
	schemas   schema.Decision
	clients   *site.Clients
}

// Document decides. It is a pure function of the facts and the options, and leaves the model
// unchanged.
func (m *Model) Document(opts Options) Document { return m.decide(opts).doc }

// decide runs all decisions, each of which may use those before it.
func (m *Model) decide(opts Options) *decision {
	h, main := m.selected(opts)
	d := &decision{doc: Document{Flows: h.Flows}, clients: h.Clients}
	d.templates = h.Tree.Templates(route.Options{Corrections: opts.Corrections.Routes()})
	d.doc.Unmatched = opts.Corrections.Unmatched(d.templates, methodsOf, func(a string) bool { return m.hosts[a] != nil })
	d.decideOperations(h, &opts)
	d.findData()
	opts.Schema.Data = d.doc.Data
	reduceSegments(d.included)
	d.decideSchemas(opts)
	decideServers(d.included, &d.doc)
	d.decideSecurity(h.Passed)
	reduceSegments(d.included) // again, now below the servers' prefix
	decideSelectors(d.included, writtenNames(d.included, d.doc.Components))
	d.doc.Title = decideNames(main, d.included, d.schemas.Components)
	decideLinks(d.included, &d.doc)
	for _, e := range d.included {
		d.doc.Operations = append(d.doc.Operations, e.op)
	}
	slices.SortFunc(d.doc.Operations, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return d
}

// selected returns the facts that the options select, and the host with most flows among them. It
// merges the facts of several hosts into a copy.
func (m *Model) selected(opts Options) (facts *host, main string) {
	var found []string
	for _, a := range sortedKeys(m.hosts) {
		owner := opts.Corrections.Owner(a)
		if h := m.hosts[a]; len(opts.Hosts) == 0 || slices.Contains(opts.Hosts, a) || slices.Contains(opts.Hosts, owner) {
			found = append(found, a)
			if facts == nil || h.Flows > m.hosts[main].Flows {
				facts, main = h, a
			}
		}
	}
	switch len(found) {
	case 0:
		return &host{Learned: payloads.Learned()}, strings.Join(opts.Hosts, ", ")
	case 1:
		return &host{Flows: facts.Flows, Excluded: facts.Excluded, Learned: facts.View()}, main
	}
	facts = payloads.Site()
	facts.Learned = payloads.Learned()
	for _, a := range found {
		facts.Merge(m.hosts[a])
	}
	return facts, main
}

// decideSchemas decides the bodies and parameters of all operations together, since each is
// evidence for others.
func (d *decision) decideSchemas(opts Options) {
	uses := map[string]int{} // from a method and query parameter to the number of operations that have it
	methods := map[string]int{}
	for _, e := range d.included {
		methods[e.path]++
	}
	sharePatchTypes(d.included)
	for _, e := range d.included {
		e.isAlone = methods[e.path] == 1
		e.op.Method, e.op.Seen = e.method, e.facts.flows()-e.facts.malformed()-e.unchanged()
		e.op.Certainty = e.template.Certainty()
		d.plan.addOperation(e)
		for _, name := range e.facts.query.Names() {
			uses[e.method+" "+name]++
		}
	}
	d.schemas = schema.Decide(d.plan.bodies, opts.Schema)
	for i, set := range d.plan.setters {
		set(d.schemas.Schemas[i])
	}
	d.doc.Components = d.schemas.Components
	shared := newSharedParams(d.included, d.schemas.Components)
	d.plan.xml.decide(opts.Schema, &d.doc)
	habits := d.clients.Habits()
	formats := queryFormats(d.included, opts)
	for _, e := range d.included {
		e.addPatchSchemas()
		e.decideParams(opts, uses, shared)
		e.addFormats(formats)
		e.markHabits(habits)
	}
	keepPhrases(d.included, opts)
	decideCalls(d.included, &d.doc)
}
