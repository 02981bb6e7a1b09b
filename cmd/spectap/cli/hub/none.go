//go:build nohub

package hub

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// NewCmd returns the command hub.
func NewCmd(*cli.Program) *cobra.Command {
	return &cobra.Command{
		Use:                "hub",
		Short:              "Collect the flows of proxies on many machines (left out of this program)",
		Args:               cobra.ArbitraryArgs,
		DisableFlagParsing: true,
		RunE:               func(*cobra.Command, []string) error { return errNoHub("spectap hub") },
	}
}

// errNoHub is the error of builds without hubs.
func errNoHub(what string) error {
	return fmt.Errorf("%s: this program was built without hubs (build tag nohub)", what)
}

// OpenLog fails: there are no hubs.
func OpenLog(_ context.Context, h *Flags, _ bool, _ *slog.Logger) (hubLog, error) {
	return nil, errNoHub("connect to " + h.Address)
}

func checkSourceName(string) error { return errNoHub("forward flows") }

func isTemporary(error) bool { return false }

func isRefused(error) bool { return false }
