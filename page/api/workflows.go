package api

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/workflow"
)

// Workflows are the chains of operations that recur in the traffic of a host, see
// [workflow.Summary].
type Workflows struct {
	Found    []Workflow `json:"found"` // at most [workflow.DefaultLimit]
	More     int        `json:"more"`  // how many are missing here
	OneOff   int        `json:"one_off"`
	Sessions int        `json:"sessions"`
	// Newest is the number of flows read if there are older, unread ones, or else 0.
	Newest int `json:"newest,omitzero"`
}

// Workflow is a chain of operations.
type Workflow struct {
	ID       string `json:"id"`
	Runs     int    `json:"runs"`
	Sessions int    `json:"sessions"`
	Steps    []Step `json:"steps"`
	// Flows are the flows of the newest runs, one for each step.
	Flows [][]flow.Seq `json:"flows"`
}

// Step is one operation of a workflow.
type Step struct {
	Method   string  `json:"method"`
	Path     string  `json:"path"`
	Statuses []int   `json:"statuses"`
	Until    string  `json:"until,omitzero"` // the condition for repeating it
	Takes    []Taken `json:"takes"`
}

// Taken is a value that a step sends and that an earlier step returned.
type Taken struct {
	Name  string `json:"name"`  // the output of that step
	From  int    `json:"from"`  // the index of that step
	Value string `json:"value"` // its expression
	Place string `json:"place"` // in the request
	Runs  int    `json:"runs"`
}

// workflows returns the workflows that recur in the newest flows of a host.
func (p *panel) workflows(ctx context.Context, in HostQuery) (Workflows, error) {
	_, s, newest, err := p.chains(ctx, in.Host)
	first := s.First(workflow.DefaultLimit)
	out := Workflows{Found: []Workflow{}, More: len(s.Found) - len(first), OneOff: s.OneOff, Sessions: s.Sessions, Newest: newest}
	for _, f := range first {
		w := Workflow{ID: f.ID, Runs: f.Runs, Sessions: f.Sessions, Flows: f.Flows}
		index := func(id string) int {
			return slices.IndexFunc(f.Steps, func(s workflow.Step) bool { return s.ID == id })
		}
		for i := range f.Steps {
			method, path, _ := strings.Cut(f.Operations[i], " ")
			step := Step{Method: method, Path: path, Statuses: f.Statuses[i], Takes: []Taken{}}
			if len(f.Steps[i].OnFailure) > 0 {
				step.Until = f.Steps[i].Success[1].Condition
			}
			w.Steps = append(w.Steps, step)
		}
		for _, k := range f.Links {
			s := &w.Steps[index(k.Step)]
			s.Takes = append(s.Takes, Taken{k.Value[strings.LastIndexAny(k.Value, "/.#")+1:], index(k.From), k.Value, k.Place, k.Runs})
		}
		out.Found = append(out.Found, w)
	}
	return out, err
}

// arazzo returns the workflows as a file, for the document that [panel.download] returns.
func (p *panel) arazzo(ctx context.Context, in HostQuery) (*wire.File, error) {
	d, s, _, err := p.chains(ctx, in.Host)
	if err != nil {
		return nil, err
	}
	a := workflow.NewArazzo(d.OpenAPI.Info.Title, fileName(in.Host, "openapi"), s.First(workflow.DefaultLimit))
	return &wire.File{
		Name: fileName(in.Host, "arazzo"), Type: "application/yaml", Write: func(w io.Writer) error { return a.Encode(w, openapi.YAML) },
	}, nil
}

// chains returns the recurring workflows and the document of the host.
func (p *panel) chains(ctx context.Context, host string) (d *catalog.Document, s workflow.Summary, newest int, err error) {
	if d, err = p.get(ctx, host); err != nil {
		return nil, s, 0, err
	}
	l, err := workflow.New(d.OpenAPI, false)
	if err != nil {
		return nil, s, 0, err
	}
	if newest, err = p.eachNewest(ctx, host, func(f *flow.Flow) { l.Add(f) }); err != nil {
		return nil, s, 0, err
	}
	return d, l.Workflows(), newest, nil
}
