package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/mark3labs/mcp-go/server"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/mcptools/front"
	"github.com/spectap/spectap/store"
)

const mcpExample = `  spectap mcp                        # the capture in the default place, over stdio
  spectap mcp --db shop.db
  spectap mcp --http 127.0.0.1:8090  # over HTTP; the token is printed

  # for an MCP client's configuration:
  {"mcpServers": {"spectap": {"command": "spectap", "args": ["mcp", "--db", "shop.db"]}}}`

func newMCPCmd(p *program) *cobra.Command {
	var f httpFlags
	cmd := &cobra.Command{
		Use:     "mcp",
		Short:   "Let an agent look at the captured traffic (MCP on stdio or HTTP, read-only)",
		Example: mcpExample,
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			return p.serveMCP(cmd.Context(), &f)
		},
	}
	f.register(cmd)
	return cmd
}

// serveMCP speaks the protocol on stdin and stdout until either ends, or over HTTP until the context does.
func (p *program) serveMCP(ctx context.Context, f *httpFlags) error {
	log, err := p.logger()
	if err != nil {
		return err
	}
	st := newGuest(func() (control.Store, error) { return p.open(store.Options{ReadOnly: true}) })
	defer st.Close()
	s, err := p.mcpServer(ctx, st, log)
	if err != nil {
		return err
	}
	go s.Warm(ctx)   // its errors are those of the searches that will need it
	go s.Follow(ctx) // as are its errors
	if f.addr != "" {
		return p.serveHTTP(ctx, f, map[string]*server.MCPServer{front.DefaultPath: s.MCP()}, log)
	}
	return mcptools.ServeStdio(ctx, s.MCP(), p.stdin, p.stdout, log)
}

// readable is what an MCP server needs of a store.
type readable interface {
	learnt
	store.Keyed
}

// mcpServer makes the server over a store; what it learns stays in memory.
func (p *program) mcpServer(ctx context.Context, st readable, log *slog.Logger) (*mcptools.Server, error) {
	r, err := p.redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	return mcptools.New(mcptools.Config{
		Store: st, Documents: documents{p.newCatalog(st, true)}, Redact: r, Log: log, Version: version(),
	})
}

// documents lets MCP tools ask a catalog.
type documents struct{ catalog *catalog }

func (d documents) Document(ctx context.Context, r mcptools.DocumentRequest) (mcptools.DocumentResult, error) {
	e, err := d.catalog.document(ctx, exportOf(r))
	if err != nil {
		return mcptools.DocumentResult{}, err
	}
	out := mcptools.DocumentResult{Decided: e.decided, OpenAPI: e.doc}
	if r.Limit > 0 {
		out.Note = fmt.Sprintf("inferred anew from the newest %d flows alone", r.Limit)
	}
	return out, nil
}

func (d documents) Explain(ctx context.Context, r mcptools.DocumentRequest, method, path string) (*infer.Explanation, error) {
	return d.catalog.explain(ctx, exportOf(r), method, path)
}

func exportOf(r mcptools.DocumentRequest) exportRequest {
	return exportRequest{hosts: r.Hosts, mergeHosts: len(r.Hosts) == 0, limit: r.Limit, version: r.Version}
}
