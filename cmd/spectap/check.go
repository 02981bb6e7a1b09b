package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/store"
)

const checkExample = `  spectap check api.yaml                             # captured flows against a document
  spectap check vendor.json --host staging.example.com
  spectap check api.yaml --db 1.db --db 2.db         # the stores of two jobs
  spectap check api.yaml --watch                     # report violations while a proxy records
  spectap check api.yaml --json | jq '.mismatches[].rule'`

// checking is one run of check.
type checking struct {
	p          *program
	spec, host string
	watch      bool
	out        findingFlags
	servers    openapi3.Servers // of the document
}

func newCheckCmd(p *program) *cobra.Command {
	c := checking{p: p}
	cmd := &cobra.Command{
		Use:   "check SPEC",
		Short: "List which captured flows break which rule of a document",
		Long: `Validates captured flows against an OpenAPI document: route, parameters, status, media types,
headers and bodies. The document is a file or - for stdin, in JSON or YAML, of version 2.0, 3.0
or 3.1. The output has flow numbers and locations, never values. The exit status is 3 if a flow
breaks a rule or is too much to check. Requests that the server rejected, truncated bodies, and flows without an
operation are counted.`,
		Example: checkExample,
		Args:    exactly(1, "one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.out.check(cmd); err != nil {
				return err
			}
			c.spec = args[0]
			if c.watch {
				return c.follow(cmd)
			}
			return c.run(cmd.Context())
		},
	}
	p.addSessionFlag(cmd)
	readsSeveralDBs(cmd)
	f := cmd.Flags()
	f.StringVar(&c.host, "host", "", "check the flows of this `host`, regardless of the servers of the document")
	f.BoolVar(&c.watch, "watch", false,
		"go on with the flows that are recorded, until interrupted; each finding is printed once, with --json as a line")
	c.out.register(cmd, "exit with 3 if there is such a `finding`: any, never", "any", "never")
	return cmd
}

// checker reads the document.
func (c *checking) checker() (*check.Checker, error) {
	doc, err := c.p.loadSpec(c.spec)
	if err != nil {
		return nil, err
	}
	c.servers = doc.Servers
	checker, err := check.New(doc, check.Config{AnyHost: c.host != ""})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.spec, err)
	}
	return checker, nil
}

func (c *checking) run(ctx context.Context) error {
	checker, err := c.checker()
	if err != nil {
		return err
	}
	r := newCheckReport()
	hosts := map[string]bool{}
	err = c.p.eachStore(func(name string, st control.Store) error {
		r.begin(name)
		flows, end := c.p.shown(st.Reader(), "checking")
		defer end()
		for f, err := range flows.Scan(ctx, store.Query{Authority: strings.ToLower(c.host)}) {
			if err != nil {
				return fmt.Errorf("read flows: %w", err)
			}
			hosts[f.Request.Authority] = true
			r.add(ctx, checker, &f)
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("check flows: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if r.Checked == 0 {
		return nothingChecked(c.spec, c.host, slices.Sorted(maps.Keys(hosts)), c.servers)
	}
	if err := r.print(c.p, c.spec, c.out.format); err != nil {
		return err
	}
	return c.status(r.Broken + r.TooMuch)
}

// status returns the error for a number of flows that break a rule.
func (c *checking) status(found int) error {
	if c.out.failOn == "any" && found > 0 {
		return exitStatus(exitFound)
	}
	return nil
}

// nothingChecked returns the error for a run in which no flow had an operation. If all flows went
// to the servers of the document, --host cannot help.
func nothingChecked(spec, host string, hosts []string, servers openapi3.Servers) error {
	others := slices.DeleteFunc(slices.Clone(hosts), func(h string) bool {
		return slices.ContainsFunc(servers, func(s *openapi3.Server) bool {
			u, err := url.Parse(s.URL)
			return err == nil && strings.EqualFold(u.Host, h)
		})
	})
	switch {
	case host != "" && len(hosts) == 0:
		return &hint{fmt.Errorf("no flow of host %s", host), "spectap flows ls"}
	case len(hosts) == 0:
		return catalog.ErrNoFlows
	case host != "":
		return &hint{fmt.Errorf("no flow of %s has an operation in %s", host, spec), "spectap export --host " + host}
	case len(others) == 0:
		return &hint{fmt.Errorf("no flow has an operation in %s", spec), "spectap flows ls   # the document has other methods or paths"}
	}
	return &hint{fmt.Errorf("no flow has an operation in %s", spec), "spectap check " + quoteArg(spec) + " --host " + others[0]}
}
