package main

import (
	"context"
	"errors"

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
  spectap mcp --spec vendor=api.yaml # compare the traffic with this document
  spectap mcp install claude-code    # add it to a client; see spectap mcp install --help

  # for another MCP client's configuration:
  {"mcpServers": {"spectap": {"command": "spectap", "args": ["mcp", "--db", "shop.db"]}}}`

const mcpLong = `Serves the captured traffic to an agent over the Model Context Protocol (MCP). By default its
tools only read, and redact secrets. --allow enables tools that do more: capture (run a proxy;
--auto-start runs it at once), import (files of --files), clear (delete all flows), send
(requests to --send-to only), rules (change or block traffic of the proxy). Deleting flows, and
requests of methods other than GET, HEAD and OPTIONS, need a confirmation.`

// mcpFlags are the flags of mcp.
type mcpFlags struct {
	http     httpFlags
	allow    allowFlags
	enforced policyFlags
	specs    specFlags
}

func (f *mcpFlags) register(cmd *cobra.Command) {
	f.http.register(cmd)
	f.http.registerSSE(cmd)
	f.allow.register(cmd)
	f.enforced.registerPolicy(cmd)
	f.enforced.register(cmd)
	f.enforced.registerAudit(cmd)
	f.specs.register(cmd)
}

// check refuses flags that do not fit together.
func (f *mcpFlags) check(cmd *cobra.Command) error {
	if err := f.http.check(cmd); err != nil {
		return err
	}
	if err := f.allow.check(cmd); err != nil {
		return err
	}
	if err := f.enforced.check(cmd); err != nil {
		return err
	}
	f.enforced.server, f.enforced.noPins = "mcp", ownNoPins
	if f.enforced.audit != "" && f.enforced.policy == "" {
		return usagef(cmd, "--audit needs --policy")
	}
	_, err := f.specs.library(cmd)
	return err
}

func newMCPCmd(p *program) *cobra.Command {
	var f mcpFlags
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
			return p.serveMCP(cmd, &f)
		},
	}
	f.register(cmd)
	p.addSessionFlag(cmd)
	cmd.AddCommand(newMCPInstallCmd(p))
	return cmd
}

// serveMCP serves MCP on stdin and stdout until one of them is closed, or over HTTP until the
// context ends.
func (p *program) serveMCP(cmd *cobra.Command, f *mcpFlags) (err error) {
	log, err := p.logger()
	if err != nil {
		return err
	}
	specs, err := f.specs.library(cmd)
	if err != nil {
		return err
	}
	st := control.NewLease(p.open)
	defer st.Close()
	ctx, cancel := context.WithCancel(cmd.Context()) // ends the background work
	defer cancel()
	allowed, files, done, err := p.allow(&f.allow, st)
	if err != nil {
		return err
	}
	defer done()
	var e *enforcing
	var point *enforcement.Point
	specs.Files = files
	if f.enforced.policy != "" {
		if e, err = p.enforcePolicy(ctx, &f.enforced); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, e.close()) }()
		point = f.enforced.point(e.guard)
		end, err := p.openChannels(ctx, &f.enforced.channels, f.enforced.approvals, log)
		if err != nil {
			return err
		}
		defer end()
	}
	s, err := p.mcpServer(ctx, st, mcptools.Config{Allow: allowed, Specs: specs, Policy: point, Log: log})
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
	if f.http.addr != "" {
		return p.serveHTTP(ctx, &f.http, servers, log)
	}
	return front.ServeStdio(ctx, s.MCP(), p.stdin, p.messageOut(ctx), log)
}

// readable is the store of an MCP server.
type readable interface {
	catalog.Store
	store.Keyed
}

// mcpServer returns the MCP server of a store. The configuration has what the flags decide.
func (p *program) mcpServer(ctx context.Context, st readable, c mcptools.Config) (*mcptools.Server, error) {
	r, err := p.redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	c.Store, c.Documents, c.Redact = st, p.newDocuments(ctx, st), r
	c.Version, c.Principal = version(), front.Caller
	return mcptools.New(c)
}
