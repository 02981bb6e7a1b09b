package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/spectools/roundtrip"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store"
)

const verifyExample = `  spectap verify                     # against the document inferred from the capture
  spectap verify --db shop.db --json | jq '.differences[].where'
  spectap verify --db shop.db vendor.yaml --host shop.example.com`

func newVerifyCmd(p *program) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify [SPEC]",
		Short: "Repeat captured requests with the guarded tools, and compare",
		Long: `Checks that requests survive the round trip through the tools. For each captured flow with an
operation, it derives the tool and its arguments from the document and the request, and calls
the tool over MCP. A stub on loopback returns the captured response. The request that the stub
receives is compared with the captured one: method, path, query and form fields in order, JSON
as data, multipart bodies part by part, other bodies by bytes, credentials by location. Nothing
leaves this machine. The exit status is 3 if there are differences.`,
		Example: verifyExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef(cmd, "%s takes at most one document, got %d", cmd.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.verify(cmd.Context(), args, f)
		},
	}
	p.addSessionFlag(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.host, "host", "", "verify only the flows of this `host`, regardless of the servers of SPEC")
	fl.BoolVar(&f.asJSON, "json", false, "print one JSON object")
	fl.BoolVar(&f.reveal, "reveal", false, "print the values that differ, including secrets")
	return cmd
}

type verifyFlags struct {
	host           string
	asJSON, reveal bool
}

func (p *program) verify(ctx context.Context, args []string, f verifyFlags) error {
	st, err := p.open(store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	doc, query, excluded, err := p.verifiedDocument(ctx, st, args, f)
	if err != nil {
		return err
	}
	c := roundtrip.Config{Reveal: f.reveal, AnyHost: len(args) == 1 && f.host != "", Reason: noOperation}
	flows, end := p.shown(st.Reader(), "verifying")
	defer end()
	r, err := roundtrip.Verify(ctx, doc, flows.Scan(ctx, query), c)
	end()
	if err != nil {
		return err
	}
	explainExcluded(r, excluded)
	if r.Flows == 0 {
		return catalog.ErrNoFlows
	}
	if err := p.printVerified(r, f.asJSON); err != nil {
		return err
	}
	if len(r.Differences) > 0 {
		return exitStatus(exitFound)
	}
	return nil
}

// verifiedDocument returns the document to verify against and the query for its flows. For an
// inferred document it also returns why flows have no operation.
func (p *program) verifiedDocument(
	ctx context.Context, st store.Store, args []string, f verifyFlags,
) (*openapi3.T, store.Query, []infer.Exclusion, error) {
	var query store.Query
	if f.host != "" {
		stat, err := st.Stat(ctx)
		if err != nil {
			return nil, query, nil, fmt.Errorf("read the store: %w", err)
		}
		all := slices.Sorted(maps.Keys(stat.Hosts))
		i := slices.IndexFunc(all, func(a string) bool { return catalog.IsHost(a, f.host) })
		if i < 0 {
			return nil, query, nil, &hint{&catalog.NoHostError{Host: f.host, Hosts: all}, "spectap flows ls"}
		}
		query.Authority = all[i]
	}
	if len(args) == 1 {
		doc, err := openapi.LoadFile(args[0])
		if err != nil {
			return nil, query, nil, &hint{err, "spectap verify, which uses the document inferred from the capture"}
		}
		return doc, query, nil, nil
	}
	r := catalog.Request{Host: query.Authority, MergeHosts: f.host == ""}
	e, err := p.newCatalog(st, catalog.SaveNever).Document(ctx, r)
	if err != nil {
		return nil, query, nil, err
	}
	return e.OpenAPI, query, e.Decided.Excluded, nil
}

// noOperation returns why a flow is not an API call, "" if it is one.
func noOperation(f *flow.Flow) string {
	if !f.Done {
		return infer.ReasonUnfinished
	}
	return infer.Noise(f)
}

// explainExcluded replaces the reason "no operation" by the reasons of the inference, if their
// counts add up.
func explainExcluded(r *roundtrip.Report, excluded []infer.Exclusion) {
	left := r.Excluded[roundtrip.NoOperation]
	more := make(map[string]int)
	sum := 0
	for _, x := range excluded {
		if n := int(x.Count) - r.Excluded[x.Reason]; n > 0 {
			more[x.Reason] = n
			sum += n
		}
	}
	if left == 0 || sum != left {
		return
	}
	delete(r.Excluded, roundtrip.NoOperation)
	for reason, n := range more {
		r.Excluded[reason] += n
	}
}

// printVerified prints each difference once, with the flows that have it.
func (p *program) printVerified(r *roundtrip.Report, asJSON bool) error {
	if asJSON {
		return p.printIndentedJSON(r)
	}
	type finding struct{ operation, where, what string }
	flows := map[finding][]flow.Seq{}
	for _, d := range r.Differences {
		k := finding{d.Method + " " + d.Path, d.Where, d.What}
		if d.Want != "" || d.Got != "" {
			k.what += fmt.Sprintf(": %q became %q", d.Want, d.Got)
		}
		if s := flows[k]; len(s) == 0 || s[len(s)-1] != d.Flow {
			flows[k] = append(s, d.Flow)
		}
	}
	keys := slices.SortedFunc(maps.Keys(flows), func(a, b finding) int {
		return cmp.Or(strings.Compare(a.operation, b.operation), strings.Compare(a.where, b.where),
			strings.Compare(a.what, b.what))
	})
	for _, k := range keys {
		what := visible.Line(fmt.Sprintf("%s: %s %s", k.operation, k.where, k.what))
		if _, err := fmt.Fprintf(p.stdout, "%s (%s)\n", what, numbers(flows[k])); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(p.stdout, "%s: %d of %d with an operation came out as they were%s\n",
		plural(r.Flows, "flow"), r.Reproduced, r.Total, counts(", %d left out as %s", r.Excluded))
	return err
}
