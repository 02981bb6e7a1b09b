package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
)

func newExplainCmd(p *program) *cobra.Command {
	var r catalog.Request
	cmd := &cobra.Command{
		Use:     "explain METHOD PATH",
		Short:   "Show the evidence for one operation of the document",
		Example: "  spectap explain GET /users/42\n  spectap explain POST '/orders/{order_id}/cancel'",
		Args:    exactly(2, "a method and a path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, done, err := p.openCatalog()
			if err != nil {
				return err
			}
			defer done()
			e, err := c.Explain(cmd.Context(), r, strings.ToUpper(args[0]), args[1])
			if err != nil {
				return err
			}
			return e.WriteText(p.stdout)
		},
	}
	p.addSessionFlag(cmd)
	takesSeveralDBs(cmd)
	f := cmd.Flags()
	f.StringVar(&r.Host, "host", "", "the `host` of the operation")
	f.BoolVar(&r.MergeHosts, "merge-hosts", false, "explain the document of all hosts")
	f.IntVar(&r.Limit, "limit", 0, "learn from the newest `N` flows only")
	return cmd
}
