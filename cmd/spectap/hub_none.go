//go:build nohub

package main

import "github.com/spf13/cobra"

func newHubCmd(*program) *cobra.Command {
	return &cobra.Command{
		Use:                "hub",
		Short:              "Collect the flows of proxies on many machines (left out of this program)",
		DisableFlagParsing: true,
		RunE:               func(*cobra.Command, []string) error { return errNoHub("spectap hub") },
	}
}
