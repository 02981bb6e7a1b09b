package gateway

import (
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/gateway/disclose"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcptools/spectools"
)

// discloseFlags set how clients discover tools. The bounds are those of serve.
type discloseFlags struct {
	mode string
	disclose.Config
}

func (f *discloseFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.mode, "disclose", "list",
		"`mode` of the list of tools: list (all of them), search (three that search, describe and call them) or "+
			"auto (search for a list beyond --max-tools or --max-list)")
	fl.IntVar(&f.MaxTools, "max-tools", spectools.MaxListed, "with --disclose auto: the most `tools` that are listed")
	fl.IntVar(&f.MaxBytes, "max-list", spectools.DefaultMaxList, "with --disclose auto: the most `bytes` that a list may have")
}

func (f *discloseFlags) check(cmd *cobra.Command) error {
	switch f.mode {
	case "list", "auto":
	case "search":
		f.Always = true
	default:
		return cli.Misusef("--disclose %q: must be list, search or auto", f.mode)
	}
	for _, name := range []string{"max-tools", "max-list"} {
		if cmd.Flags().Changed(name) && f.mode != "auto" {
			return cli.Usagef(cmd, "--%s needs --disclose auto", name)
		}
	}
	if f.MaxTools <= 0 || f.MaxBytes <= 0 {
		return cli.Usagef(cmd, "--max-tools and --max-list must be positive")
	}
	return nil
}

// wrap returns the connection to a client as the relay sees it.
func (f *discloseFlags) wrap(client jsonrpc.Conn) jsonrpc.Conn {
	if f.mode == "list" {
		return client
	}
	return disclose.Wrap(client, f.Config)
}
