package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store"
)

const checkExample = `  spectap check api.yaml                             # the captured flows against a document
  spectap check vendor.json --host staging.example.com
  spectap check api.yaml --json | jq '.mismatches[].rule'`

func newCheckCmd(p *program) *cobra.Command {
	var host string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check SPEC",
		Short: "Say which captured flows break which rule of a document",
		Long: `Check validates the captured flows against an OpenAPI document (2.0, 3.0 or 3.1; JSON or YAML; - is stdin): route, parameters,
status, media types, headers and bodies. It tells flow numbers and places, never values. The exit status is 3 when a
flow breaks a rule. Requests that the server refused, bodies that were cut, and flows that no operation takes are counted.`,
		Example: checkExample,
		Args:    exactly(1, "one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := p.loadSpec(args[0])
			if err != nil {
				return err
			}
			checker, err := openapi.NewChecker(doc, openapi.CheckConfig{AnyHost: host != ""})
			if err != nil {
				return fmt.Errorf("read %s: %w", args[0], err)
			}
			st, err := p.open(store.Options{ReadOnly: true})
			if err != nil {
				return err
			}
			defer st.Close()
			r := checkReport{Skipped: map[string]int{}, LeftOut: map[string]int{}, Mismatches: []openapi.Mismatch{}}
			hosts := map[string]bool{}
			for f, err := range st.Scan(cmd.Context(), store.Query{Authority: strings.ToLower(host)}) {
				if err != nil {
					return fmt.Errorf("read flows: %w", err)
				}
				hosts[f.Request.Authority] = true
				r.add(checker, &f)
			}
			if r.Checked == 0 {
				return nothingChecked(args[0], host, slices.Sorted(maps.Keys(hosts)))
			}
			if err := r.print(p.stdout, p.stderr, asJSON); err != nil {
				return err
			}
			if len(r.Mismatches) > 0 {
				return exitStatus(exitFound)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&host, "host", "", "check the flows of this `host`, whatever the document's servers are")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// nothingChecked says why there was nothing to check, and what to do about it.
func nothingChecked(spec, host string, hosts []string) error {
	switch {
	case host != "" && len(hosts) == 0:
		return &hint{fmt.Errorf("no flow of host %s", host), "spectap flows ls"}
	case len(hosts) == 0:
		return catalog.ErrNoFlows
	case host != "":
		return &hint{fmt.Errorf("no flow of %s has an operation in %s", host, spec), "spectap export --host " + host}
	}
	return &hint{fmt.Errorf("no flow has an operation in %s", spec), "spectap check " + spec + " --host " + hosts[0]}
}

// checkReport is what check prints.
type checkReport struct {
	Flows   int `json:"flows"`
	Checked int `json:"checked"`
	Broken  int `json:"broken"` // of those checked, how many break a rule
	// NoOperation are the flows that no operation takes.
	NoOperation []flow.Seq `json:"without_operation"`
	// LeftOut counts flows that are no calls of an API, by infer's reasons.
	LeftOut map[string]int `json:"left_out"`
	// Skipped counts parts of flows that were not judged, by reason.
	Skipped    map[string]int     `json:"not_judged"`
	Mismatches []openapi.Mismatch `json:"mismatches"`
}

func (r *checkReport) add(c *openapi.Checker, f *flow.Flow) {
	r.Flows++
	if reason := infer.Noise(f); reason != "" {
		r.LeftOut[reason]++
		return
	}
	res := c.Check(f)
	if res.Operation == nil {
		r.NoOperation = append(r.NoOperation, f.Seq)
		return
	}
	r.Checked++
	if len(res.Mismatches) > 0 {
		r.Broken++
	}
	for _, s := range res.Skipped {
		r.Skipped[s]++
	}
	r.Mismatches = append(r.Mismatches, res.Mismatches...)
}

func (r *checkReport) print(out, err io.Writer, asJSON bool) error {
	if asJSON {
		if r.NoOperation == nil {
			r.NoOperation = []flow.Seq{}
		}
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	r.printFindings(out)
	fmt.Fprintf(err, "%d flows: %d fit, %d break a rule, %d without an operation%s\n", r.Flows, r.Checked-r.Broken, r.Broken,
		len(r.NoOperation), counts(", %d left out as %s", r.LeftOut))
	if len(r.Skipped) > 0 {
		fmt.Fprintf(err, "not judged:%s\n", strings.TrimPrefix(counts(", %d %s", r.Skipped), ","))
	}
	return nil
}

func counts(format string, m map[string]int) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, format, m[k], k)
	}
	return b.String()
}

// printFindings prints each finding once, with the flows that have it, under its operation.
func (r *checkReport) printFindings(w io.Writer) {
	type finding struct{ operation, rule, where, message string }
	flows := map[finding][]flow.Seq{}
	for _, m := range r.Mismatches {
		k := finding{m.Method + " " + m.Path, m.Rule, m.Where, m.Message}
		if s := flows[k]; len(s) == 0 || s[len(s)-1] != m.Flow {
			flows[k] = append(s, m.Flow)
		}
	}
	sorted := slices.SortedFunc(maps.Keys(flows), func(a, b finding) int {
		return strings.Compare(a.operation+"\x00"+a.rule+"\x00"+a.where+"\x00"+a.message, b.operation+"\x00"+b.rule+"\x00"+b.where+"\x00"+b.message)
	})
	last := ""
	for _, k := range sorted {
		if k.operation != last {
			fmt.Fprintln(w, k.operation)
			last = k.operation
		}
		fmt.Fprintf(w, "  %s  %s: %s (%s)\n", k.rule, k.where, k.message, numbers(flows[k]))
	}
}

// maxNumbers bounds how many flow numbers one line tells.
const maxNumbers = 8

func numbers(s []flow.Seq) string {
	var parts []string
	for i, n := range s {
		if i == maxNumbers {
			parts = append(parts, fmt.Sprintf("and %d more", len(s)-i))
			break
		}
		parts = append(parts, fmt.Sprint(n))
	}
	if len(s) == 1 {
		return "flow " + parts[0]
	}
	return "flows " + strings.Join(parts, ", ")
}
