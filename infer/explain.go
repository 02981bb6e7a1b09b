package infer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/route"
)

// Explanation explains one operation of a document. It holds counts, rules and names, and no
// values.
type Explanation struct {
	Method string `json:"method"`
	Path   string `json:"path"` // the template
	ID     string `json:"operation_id"`
	// Seen counts the flows.
	Seen int64 `json:"flows"`
	// Batched counts the calls that were part of a batch.
	Batched int64 `json:"batched"`
	// Excluded is the reason why the document has no such operation, "" if it has it.
	Excluded string    `json:"left_out"`
	Findings []Finding `json:"findings"`
}

// Finding is one decision and the evidence for and against it.
type Finding struct {
	About    string     `json:"about"`   // "path", "query", "response 200", …
	Subject  string     `json:"subject"` // the segment, parameter, media type or pointer in question
	Result   string     `json:"result"`  // the decision
	For      []Evidence `json:"for"`     // strongest first
	Against  []Evidence `json:"against"`
	Supports int64      `json:"supports"` // counts for and against a schema, in the unit that Result names
	Opposes  int64      `json:"opposes"`
}

// Evidence is one piece of evidence.
type Evidence struct {
	Text   string  `json:"text"`
	Weight float64 `json:"weight"` // log-odds if the evidence is weighed, else 0
	Count  int64   `json:"count"`
}

// Decisions are the decisions of a model under its options. They are invalid once the model learns
// more.
type Decisions struct {
	d       *decision
	options Options
}

// Decide returns the decisions behind the document that [Model.Document] returns. Explanations need
// them; they cost little more.
func (m *Model) Decide(opts Options) *Decisions { return &Decisions{m.decide(opts), opts} }

// Document returns the document.
func (d *Decisions) Document() Document { return d.d.doc }

// Explain decides, and explains one operation. See [Decisions.Explain].
func (m *Model) Explain(opts Options, method, path string) (*Explanation, error) {
	return m.Decide(opts).Explain(method, path)
}

// Explain explains the operation for a method and path. The path is one that was requested or a
// template, with or without the servers' prefix. Operations that share a URL need the fragment of
// their path. It returns an error unless exactly one operation has the method and path.
func (d *Decisions) Explain(method, path string) (*Explanation, error) {
	path, fragment, hasFragment := strings.Cut(path, "#")
	if hasFragment {
		fragment = "#" + fragment
	}
	t := d.d.templateOf(method, path)
	if t == nil {
		return nil, fmt.Errorf("no captured request has the path %s", path)
	}
	e, err := d.d.find(t, method, fragment)
	if err != nil {
		return nil, err
	}
	x := &Explanation{Method: method, Path: e.path, ID: e.op.ID, Seen: e.facts.flows(), Batched: e.facts.batched}
	x.addPath(t)
	if slices.Contains(d.d.included, e) {
		x.addVariant(e)
		x.addParams(&e.op, e.facts)
		x.addBodies(d.d, e)
		x.addPaging(&e.op)
		x.addLinks(&e.op)
	} else {
		x.Excluded = e.exclusion(&d.options)
	}
	x.addAccess(e)
	return x, nil
}

// find returns the endpoint of a template with this method and fragment. Without a fragment, the
// method must have one endpoint.
func (d *decision) find(t *route.Template, method, fragment string) (*endpoint, error) {
	var found *endpoint
	var captured, same []string // the methods that were captured; the paths that share the method
	for _, e := range slices.Concat(d.included, d.excluded) {
		if e.template != t {
			continue
		}
		captured = append(captured, e.method+e.variant.Fragment())
		if e.method == method {
			same = append(same, t.String()+e.variant.Fragment())
			if e.variant.Fragment() == fragment || found == nil && fragment == "" {
				found = e
			}
		}
	}
	switch {
	case len(same) == 0:
		slices.Sort(captured)
		return nil, fmt.Errorf("%s was captured with %s only", t, strings.Join(captured, ", "))
	case found == nil:
		slices.Sort(same)
		return nil, fmt.Errorf("%s %s has no operation %s, only %s", method, t, fragment, strings.Join(same, ", "))
	case found.variant.Fragment() != fragment && len(same) > 1:
		slices.Sort(same)
		return nil, fmt.Errorf("%s %s is several operations: %s", method, t, strings.Join(same, ", "))
	}
	return found, nil
}

// templateOf returns the template with this text, or the one that matches a path. Templates with an
// operation for the method come first. Those that were only ever answered 404 come last: they are
// of paths that do not exist next to others that do.
func (d *decision) templateOf(method, path string) *route.Template {
	rank := func(t *route.Template) int {
		has := func(e *endpoint) bool { return e.template == t && e.method == method }
		switch i := slices.IndexFunc(d.excluded, has); {
		case slices.ContainsFunc(d.included, has):
			return 0
		case i >= 0 && excludedStatuses(sortedKeys(d.excluded[i].facts.responses)) == "":
			return 1
		}
		return 2
	}
	path, _, _ = strings.Cut(path, "?")
	prefixes := []string{""}
	for _, s := range d.doc.Servers {
		if _, rest, ok := strings.Cut(s, "://"); ok {
			if i := strings.IndexByte(rest, '/'); i >= 0 {
				prefixes = append(prefixes, rest[i:])
			}
		}
	}
	for _, prefix := range prefixes {
		for i := range d.templates {
			if d.templates[i].String() == prefix+path {
				return &d.templates[i]
			}
		}
	}
	var found *route.Template
	for _, prefix := range prefixes {
		for rest := slices.Clone(d.templates); ; {
			t := route.Match(rest, prefix+path)
			if t == nil {
				break
			}
			own := &d.templates[slices.IndexFunc(d.templates, func(o route.Template) bool { return o.String() == t.String() })]
			if found == nil || rank(own) < rank(found) {
				found = own
			}
			rest = slices.DeleteFunc(rest, func(o route.Template) bool { return o.String() == t.String() })
		}
	}
	return found
}
