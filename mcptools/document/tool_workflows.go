package document

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/workflow"
)

// WorkflowsResult lists chains of operations.
type WorkflowsResult struct {
	tool.Untrusted
	Workflows []WorkflowRow `json:"workflows"`
	Flows     int           `json:"flows"`
	Note      string        `json:"note,omitempty"`
	tool.Page
}

// WorkflowRow is a chain of operations with its evidence.
type WorkflowRow struct {
	ID       string       `json:"id"`
	Steps    []string     `json:"steps"`
	Runs     int          `json:"runs"`
	Sessions int          `json:"sessions"`
	Inputs   []string     `json:"inputs"`
	Links    []string     `json:"links"`    // with pairs of flows: the one that has the value first, the one that sends it
	Flows    [][]flow.Seq `json:"flow_ids"` // by run
}

// Lines implements [tool.Lines].
func (r WorkflowsResult) Lines() string {
	var b strings.Builder
	for _, w := range r.Workflows {
		fmt.Fprintf(&b, "%s: %s in %s\n", w.ID, view.Count(w.Runs, "run"), view.Count(w.Sessions, "session"))
		for i, s := range w.Steps {
			fmt.Fprintf(&b, "  %d. %s", i+1, s)
			for _, run := range w.Flows {
				fmt.Fprintf(&b, " %d", run[i])
			}
			b.WriteByte('\n')
		}
		if len(w.Inputs) > 0 {
			fmt.Fprintf(&b, "  inputs: %s\n", strings.Join(w.Inputs, ", "))
		}
		for _, k := range w.Links {
			fmt.Fprintf(&b, "  %s\n", k)
		}
	}
	fmt.Fprintf(&b, "%s from %s\n", view.Count(r.Total, "workflow"), view.Count(r.Flows, "flow"))
	if r.Note != "" {
		b.WriteString(r.Note + "\n")
	}
	return b.String()
}

func (s *Tools) listWorkflows() tool.Tool {
	return tool.New("list_workflows", "Workflows",
		"Lists chains of operations that recur, and the flows that show them.",
		[]tool.Param{
			source.APIParam,
			{Name: "offset", Kind: tool.Integer, Doc: "rows to skip"},
		}, s.workflows)
}

func (s *Tools) workflows(ctx context.Context, a tool.Args) (WorkflowsResult, error) {
	d, hosts, err := s.document(ctx, a, selection{oneAPI: true})
	if err != nil {
		return WorkflowsResult{}, err
	}
	l, err := workflow.New(d.OpenAPI, false)
	if err != nil {
		return WorkflowsResult{}, err
	}
	out := WorkflowsResult{Untrusted: tool.Notice()}
	for f, err := range s.Newest(ctx, hosts, 0, time.Now().Add(s.TimeLeft(ctx)/2)) {
		if errors.As(err, new(*source.TimeoutError)) {
			out.Note = "Older flows were not read: that takes longer than a call. spectap workflows reads all."
			break
		}
		if err != nil {
			return WorkflowsResult{}, err
		}
		out.Flows++
		l.Add(&f)
	}
	all := l.Workflows()
	if all.OneOff > 0 {
		out.Note = strings.TrimSpace(fmt.Sprintf("%s seen once left out. %s", view.Count(all.OneOff, "chain"), out.Note))
	}
	var found []workflow.Found
	found, out.Page = tool.PageOf(all.Found, a.Int("offset"), workflow.DefaultLimit)
	out.Workflows = []WorkflowRow{}
	for _, f := range found {
		w := WorkflowRow{ID: f.ID, Runs: f.Runs, Sessions: f.Sessions, Inputs: []string{}, Links: []string{}, Flows: f.Flows}
		for i, step := range f.Steps {
			w.Steps = append(w.Steps, view.Visible(step.ID+" "+f.Operations[i]))
		}
		if f.Inputs != nil {
			w.Inputs = slices.Clone(f.Inputs.Required)
		}
		for _, k := range f.Links {
			w.Links = append(w.Links, view.Visible(linkText(k)))
		}
		out.Workflows = append(out.Workflows, w)
	}
	return out, nil
}

// linkText returns a link as "STEP PLACE = VALUE of STEP, N runs: FLOW→FLOW".
func linkText(k workflow.Link) string {
	text := fmt.Sprintf("%s %s = %s of %s, %s:", k.Step, k.Place, k.Value, k.From, view.Count(k.Runs, "run"))
	for _, p := range k.Flows {
		text += fmt.Sprintf(" %d→%d", p[0], p[1])
	}
	return text
}
