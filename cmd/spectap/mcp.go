package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/mark3labs/mcp-go/server"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/mcptools/enforcement"
	"github.com/spectap/spectap/mcptools/front"
	"github.com/spectap/spectap/store"
)

const mcpExample = `  spectap mcp                        # the default store, over stdio
  spectap mcp --db shop.db
  spectap mcp --http 127.0.0.1:8090  # over HTTP; the token is printed
  spectap mcp --auto-start           # also record, as spectap proxy does
  spectap mcp --allow capture,send --send-to https://staging.example.com
  spectap mcp install claude-code    # add it to a client; see spectap mcp install --help

  # for another MCP client's configuration:
  {"mcpServers": {"spectap": {"command": "spectap", "args": ["mcp", "--db", "shop.db"]}}}`

const mcpLong = `Serves the captured traffic to an agent over the Model Context Protocol (MCP). By default its
tools only read, and redact secrets. --allow enables tools that do more: capture (run a proxy;
--auto-start runs it at once), import (files of --files), clear (delete all flows), send
(requests to --send-to only), rules (change or block traffic of the proxy). Deleting flows, and
requests of methods other than GET, HEAD and OPTIONS, need a confirmation.`

func newMCPCmd(p *program) *cobra.Command {
	var f httpFlags
	var allow allowFlags
	var enforced policyFlags
	cmd := &cobra.Command{
		Use:     "mcp",
		Long:    mcpLong,
		Short:   "Let an agent read the captured traffic (MCP on stdio or HTTP)",
		Example: mcpExample,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			if err := allow.check(cmd); err != nil {
				return err
			}
			if err := enforced.check(cmd); err != nil {
				return err
			}
			if enforced.audit != "" && enforced.policy == "" {
				return usagef(cmd, "--audit needs --policy")
			}
			return p.serveMCP(cmd.Context(), &f, &allow, &enforced)
		},
	}
	f.register(cmd)
	f.registerSSE(cmd)
	allow.register(cmd)
	enforced.register(cmd)
	enforced.registerAudit(cmd)
	cmd.AddCommand(newMCPInstallCmd(p))
	return cmd
}

// serveMCP serves MCP on stdin and stdout until one of them is closed, or over HTTP until the
// context ends.
func (p *program) serveMCP(ctx context.Context, f *httpFlags, allow *allowFlags, enforced *policyFlags) (err error) {
	log, err := p.logger()
	if err != nil {
		return err
	}
	st := control.NewLease(p.open)
	defer st.Close()
	ctx, cancel := context.WithCancel(ctx) // ends the background work
	defer cancel()
	allowed, done, err := p.allow(allow, st)
	if err != nil {
		return err
	}
	defer done()
	var e *enforcing
	var point *enforcement.Point
	if enforced.policy != "" {
		if e, err = p.enforcePolicy(ctx, enforced); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, e.close()) }()
		point = e.point(enforced)
	}
	s, err := p.mcpServer(ctx, st, allowed, point, log)
	if err != nil {
		return err
	}
	defer s.Close()
	servers := map[string]*server.MCPServer{front.DefaultPath: s.MCP()}
	if e != nil {
		go e.reload(ctx, log, toolsChanged(servers))
	}
	go s.Warm(ctx)   // a search that needs the index returns its error
	go s.Follow(ctx) // its errors appear in later calls
	if f.addr != "" {
		return p.serveHTTP(ctx, f, servers, log)
	}
	return front.ServeStdio(ctx, s.MCP(), p.stdin, p.exactOut(), log)
}

// readable is the store of an MCP server.
type readable interface {
	catalog.Store
	store.Keyed
}

// mcpServer returns the MCP server of a store.
func (p *program) mcpServer(
	ctx context.Context, st readable, allow mcptools.Allow, point *enforcement.Point, log *slog.Logger,
) (*mcptools.Server, error) {
	r, err := p.redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	return mcptools.New(mcptools.Config{
		Store: st, Documents: p.newDocuments(ctx, st), Redact: r, Log: log,
		Version: version(), Allow: allow, Principal: front.Caller, Policy: point,
	})
}
