package document

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools/spectools/roundtrip"
	"github.com/spectap/spectap/store"
)

const verifyExample = `  spectap verify                     # against the document inferred from the capture
  spectap verify --db shop.db --json | jq '.differences[].where'
  spectap verify --db 1.db --db 2.db # the stores of two jobs
  spectap verify --db shop.db vendor.yaml --host shop.example.com`

// NewVerifyCmd returns the command verify.
func NewVerifyCmd(p *cli.Program) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify [SPEC]",
		Short: "Repeat captured requests with the guarded tools, and compare",
		Long: `Checks that requests survive the round trip through the tools. For each captured flow with an
operation, it derives the tool and its arguments from the document and the request, and makes
the request that the tool would send. That is compared with the captured one: method, path,
query and form fields in order, JSON as data, multipart bodies part by part, other bodies by
bytes, credentials by location. Nothing is sent. The exit status is 3 if there are differences.`,
		Example: verifyExample,
		Args:    cli.AtMost(1, "at most one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return verify(cmd.Context(), p, args, f)
		},
	}
	p.AddSessionFlag(cmd)
	cli.ReadsSeveralDBs(cmd)
	p.AddRefs(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.host, "host", "", "verify only the flows of this `host`, regardless of the servers of SPEC")
	p.AddJSON(cmd, "print one JSON object")
	fl.BoolVar(&f.reveal, "reveal", false, "print the values that differ, including secrets")
	return cmd
}

type verifyFlags struct {
	host   string
	reveal bool
}

func verify(ctx context.Context, p *cli.Program, args []string, f verifyFlags) error {
	query, err := verifiedFlows(ctx, p, f.host)
	if err != nil {
		return err
	}
	doc, err := verifiedDocument(ctx, p, args, query.Authority)
	if err != nil {
		return err
	}
	c := roundtrip.Config{Reveal: f.reveal, AnyHost: len(args) == 1 && f.host != "", Reason: noOperation}
	v, err := roundtrip.New(doc, c)
	if err != nil {
		return err
	}
	defer v.Close()
	r := verifiedReport{Report: v.Report(), Differences: []foundDifference{}}
	err = p.EachStore(func(name string, st control.Store) error {
		flows, end := p.Shown(st.Reader(), "verifying")
		defer end()
		if err := v.Verify(ctx, flows.Scan(ctx, query)); err != nil {
			return err
		}
		r.addStore(name)
		return nil
	})
	if err != nil {
		return err
	}
	if r.Flows == 0 {
		return catalog.ErrNoFlows
	}
	if err := printVerified(p, &r); err != nil {
		return err
	}
	if len(r.Differences) > 0 {
		return cli.ExitStatus(cli.ExitFound)
	}
	return nil
}

// verifiedFlows returns the query for the flows of a host, or of all hosts for "".
func verifiedFlows(ctx context.Context, p *cli.Program, host string) (query store.Query, err error) {
	if host == "" {
		return query, nil
	}
	hosts := map[string]bool{}
	err = p.EachStore(func(_ string, st control.Store) error {
		stat, err := st.Stat(ctx)
		if err != nil {
			return fmt.Errorf("read the store: %w", err)
		}
		for a := range stat.Hosts {
			hosts[a] = true
		}
		return nil
	})
	if err != nil {
		return query, err
	}
	all := slices.Sorted(maps.Keys(hosts))
	i := slices.IndexFunc(all, func(a string) bool { return catalog.IsHost(a, host) })
	if i < 0 {
		return query, cli.WithHint(&catalog.NoHostError{Host: host, Hosts: all}, "spectap flows ls")
	}
	query.Authority = all[i]
	return query, nil
}

// verifiedDocument returns the document to verify against: the one that args name, or the inferred
// document of a host ("" for all).
func verifiedDocument(ctx context.Context, p *cli.Program, args []string, host string) (*openapi3.T, error) {
	if len(args) == 1 {
		return LoadSpec(ctx, p, args[0])
	}
	c, done, err := p.OpenCatalog()
	if err != nil {
		return nil, err
	}
	defer done()
	e, err := c.Document(ctx, catalog.Request{Host: host, MergeHosts: host == ""})
	if err != nil {
		return nil, err
	}
	return e.OpenAPI, nil
}

// noOperation returns the reason why a flow is not an API call, or "" if it is one.
func noOperation(f *flow.Flow) string {
	if !f.Done {
		return infer.ReasonUnfinished
	}
	return infer.Noise(f, false)
}

// verifiedReport is the result of verify. Its field for differences shadows that of the embedded
// report.
type verifiedReport struct {
	*roundtrip.Report
	Differences []foundDifference `json:"differences"`
}

// foundDifference is a difference of a flow of a store.
type foundDifference struct {
	DB string `json:"db,omitempty"` // if there are several
	roundtrip.Difference
}

// addStore adds the differences found in a store to the report.
func (r *verifiedReport) addStore(db string) {
	for _, d := range r.Report.Differences[len(r.Differences):] {
		r.Differences = append(r.Differences, foundDifference{db, d})
	}
}

// printVerified prints each difference once, with the flows that have it.
func printVerified(p *cli.Program, r *verifiedReport) error {
	if p.JSON {
		return p.PrintIndentedJSON(r)
	}
	flows := foundAt{}
	for _, d := range r.Differences {
		k := finding{operation: d.Method + " " + d.Path, where: d.Where, message: d.What}
		if d.Want != "" || d.Got != "" {
			k.message += fmt.Sprintf(": %q became %q", d.Want, d.Got)
		}
		flows.add(k, d.DB, d.Flow)
	}
	list := p.NewRows()
	for _, k := range flows.sorted() {
		list.Text(fmt.Sprintf("%s: %s %s (%s)", k.operation, k.where, k.message, places(flows[k])))
	}
	err := list.Text(fmt.Sprintf("%s: %d of %d with an operation came out as they were%s",
		cli.Plural(r.Flows, "flow"), r.Reproduced, r.Total, counts(", %d left out as %s", r.Excluded)))
	if err != nil || r.Forged == 0 {
		return err
	}
	return list.Text(fmt.Sprintf("the app refused %d of these requests as forged (CSRF): serve --sign-in sends what it demands", r.Forged))
}
