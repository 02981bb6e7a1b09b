//go:build nohub

package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newHubCmd(*program) *cobra.Command {
	return &cobra.Command{
		Use:                "hub",
		Short:              "Collect the flows of proxies on many machines (left out of this program)",
		DisableFlagParsing: true,
		RunE:               func(*cobra.Command, []string) error { return errNoHub("spectap hub") },
	}
}

// errNoHub is the error of builds without hubs.
func errNoHub(what string) error {
	return fmt.Errorf("%s: this program was built without hubs (build tag nohub)", what)
}
