package traffic

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

const (
	// describeTime bounds the time that a call waits for a document.
	describeTime = 2 * time.Second
	// maxHosts bounds the hosts whose operations are known. Those with the most flows are kept.
	maxHosts = 32
)

// Operation is an operation of the inferred document of a host.
type Operation struct {
	Number int    `json:"number"` // stays the same while the program runs
	Host   string `json:"host"`
	Method string `json:"method"`
	Path   string `json:"path"` // the template
	Name   string `json:"name"`
	Filter string `json:"filter"` // selects its flows
}

// Operations are the operations of all hosts.
type Operations struct {
	// Generation changes with the set of operations; rows of an older one are assigned anew.
	Generation int         `json:"generation"`
	Operations []Operation `json:"operations"`
	// Hosts counts the flows of each host of the store.
	Hosts map[string]int64 `json:"hosts"`
	// Learning means that flows are still being learned from, and the page must ask again.
	Learning bool `json:"learning,omitzero"`
}

// operations finds the operations of flows. It is safe for concurrent use.
type operations struct {
	store store.Reader
	docs  Documents

	refreshing sync.Mutex // held by a refresh

	mu         sync.RWMutex // guards all below
	generation int
	matchers   map[string]*apidoc.Matcher // by host
	documents  map[string]*catalog.Document
	numbers    map[operationKey]int
	current    []Operation
}

// operationKey identifies an operation among those of all hosts.
type operationKey struct{ host, method, path string }

func newOperations(st store.Reader, docs Documents) *operations {
	return &operations{
		store: st, docs: docs, matchers: map[string]*apidoc.Matcher{}, documents: map[string]*catalog.Document{},
		numbers: map[operationKey]int{},
	}
}

// find returns the number of the operation of a flow, or 0. It uses the documents that list has
// read last, and reads no body.
func (o *operations) find(f *flow.Flow) int {
	o.mu.RLock()
	defer o.mu.RUnlock()
	m := o.matchers[f.Request.Authority]
	if m == nil {
		return 0
	}
	host := o.documents[f.Request.Authority].Hosts[0]
	op := m.Find(f.Request.Method, f.Request.Authority, f.Request.Path)
	if op == nil {
		return 0
	}
	return o.numbers[operationKey{host, op.Method, op.Template}]
}

// list updates the documents, as far as possible in a short time, and returns all operations.
func (o *operations) list(ctx context.Context, _ wire.None) (Operations, error) {
	o.refreshing.Lock()
	defer o.refreshing.Unlock()
	st, err := o.store.Stat(ctx)
	if err != nil {
		return Operations{}, err
	}
	hosts := slices.SortedFunc(maps.Keys(st.Hosts), func(a, b string) int {
		return cmp.Or(cmp.Compare(st.Hosts[b], st.Hosts[a]), strings.Compare(a, b))
	})
	out := Operations{Hosts: st.Hosts}
	for _, h := range hosts[:min(len(hosts), maxHosts)] {
		d, err := o.docs.Document(ctx, catalog.Request{Hosts: []string{h}}, describeTime)
		if errors.As(err, new(*catalog.NotReadyError)) {
			out.Learning = true
			break
		}
		if err != nil {
			return Operations{}, err
		}
		if err := o.adopt(h, d); err != nil {
			return Operations{}, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.collect()
	out.Generation, out.Operations = o.generation, o.current
	return out, nil
}

// adopt stores the document of a host.
func (o *operations) adopt(host string, d *catalog.Document) error {
	o.mu.RLock()
	known := o.documents[host] == d
	o.mu.RUnlock()
	if known {
		return nil
	}
	m, err := apidoc.NewMatcher(d.OpenAPI, &d.Decided)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.matchers[host], o.documents[host] = m, d
	return nil
}

// collect lists the operations of all documents, and begins a new generation if they changed. The
// caller holds mu.
func (o *operations) collect() {
	var all []Operation
	var located []filter.Operation // those of all
	for host, d := range o.documents {
		if host != d.Hosts[0] { // it is assigned to that one
			continue
		}
		for i := range d.Decided.Operations {
			op := &d.Decided.Operations[i]
			k := operationKey{host, op.Method, op.Path}
			o.numbers[k] = cmp.Or(o.numbers[k], len(o.numbers)+1)
			servers := op.Servers
			if servers == nil {
				servers = d.Decided.Servers
			}
			located = append(located, filter.Operation{Host: host, Method: op.Method, Path: op.Path, Servers: servers})
			all = append(all, Operation{Number: o.numbers[k], Host: host, Method: op.Method, Path: op.Path, Name: op.ID})
		}
	}
	for i := range all {
		all[i].Filter = filter.OfOperation(located[i], located)
	}
	slices.SortFunc(all, func(a, b Operation) int { return a.Number - b.Number })
	if !slices.Equal(all, o.current) {
		o.generation++
	}
	o.current = all
}

// Assigned are the operations of flows: Operations[i] is that of the flow Flows[i], 0 for none.
type Assigned struct {
	Generation int        `json:"generation"`
	Flows      []flow.Seq `json:"flows"`
	Operations []int      `json:"operations"`
}

// assign returns the operations of the flows of the store.
func (o *operations) assign(ctx context.Context, _ wire.None) (Assigned, error) {
	o.mu.RLock()
	out := Assigned{Generation: o.generation}
	o.mu.RUnlock()
	for f, err := range o.store.Scan(ctx, store.Query{Brief: true}) {
		if err != nil {
			return out, err
		}
		out.Flows = append(out.Flows, f.Seq)
		out.Operations = append(out.Operations, o.find(&f))
	}
	return out, nil
}

// Place is the position of a flow in the document of its host.
type Place struct {
	// Operation is a template with its method, or "".
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Name   string `json:"name,omitempty"`
	// Template is the path as the document has it, below the prefix of the servers; "" if the
	// document has no such operation.
	Template string `json:"template,omitempty"`
	// LeftOut is the reason why the flow is not in the document, or "".
	LeftOut string `json:"left_out,omitempty"`
	// Learning means that flows are still being learned from, and the page must ask again.
	Learning bool `json:"learning,omitzero"`
}

func (p *panel) place(ctx context.Context, in FlowQuery) (Place, error) {
	f, err := p.get(ctx, in.Seq)
	if err != nil {
		return Place{}, err
	}
	switch reason := infer.Noise(&f, false); {
	case !f.Done:
		return Place{LeftOut: "the response is not complete"}, nil
	case reason != "":
		return Place{LeftOut: infer.ReasonText(reason)}, nil
	}
	path := call.PathOf(&f)
	x, err := p.Documents.Explain(ctx, catalog.Request{Hosts: []string{f.Request.Authority}}, describeTime, f.Request.Method, path)
	switch {
	case errors.As(err, new(*catalog.NotReadyError)):
		return Place{Learning: true}, nil
	case errors.Is(err, catalog.ErrNoFlows):
		return Place{LeftOut: "its host has no document"}, nil
	case err != nil:
		if ctx.Err() != nil {
			return Place{}, err
		}
		return Place{LeftOut: p.Redact.Text(err.Error())}, nil
	}
	out := Place{Method: x.Method, Path: x.Path, Name: x.ID}
	if x.Excluded != "" {
		out.LeftOut = infer.ReasonText(x.Excluded)
		return out, nil
	}
	d, err := p.Documents.Document(ctx, catalog.Request{Hosts: []string{f.Request.Authority}}, describeTime)
	if err != nil {
		return out, nil // there is no link to it
	}
	for i := range d.Decided.Operations {
		if op := &d.Decided.Operations[i]; op.Method == x.Method && op.ID == x.ID {
			out.Template = op.Path
		}
	}
	return out, nil
}
