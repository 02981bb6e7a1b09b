package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcp/vouch"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/store"
)

const mcpExample = `  spectap mcp                        # the default store, over stdio
  spectap mcp --db shop.db
  spectap mcp --http 127.0.0.1:8090  # over HTTP; the token is printed
  spectap mcp --auto-start           # also record, as spectap proxy does
  spectap mcp --allow capture,send --send-to https://staging.example.com
  spectap mcp --spec vendor=api.yaml # compare the traffic with this document
  spectap mcp --compat mitmproxy-mcp # with the tools of mitmproxy-mcp
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
	http     flagset.HTTPFlags
	allow    allowFlags
	enforced gateway.PolicyFlags
	specs    specFlags
	compat   string
}

func (f *mcpFlags) register(cmd *cobra.Command) {
	f.http.Register(cmd)
	f.http.RegisterSSE(cmd)
	f.allow.register(cmd)
	f.enforced.RegisterPolicy(cmd)
	f.enforced.Register(cmd)
	f.enforced.RegisterAudit(cmd)
	f.specs.register(cmd)
	cmd.Flags().StringVar(&f.compat, "compat", "",
		"offer the tools of another `PROGRAM` in place of the own ones: "+strings.Join(mcptools.Compats, ", "))
}

// check returns an error for conflicting flags.
func (f *mcpFlags) check(cmd *cobra.Command) error {
	if err := cmp.Or(f.http.Check(cmd), f.allow.check(cmd), f.enforced.Check(cmd), flagset.Check(cmd, flagset.Need("audit", "policy", ""))); err != nil {
		return err
	}
	if f.compat != "" && !slices.Contains(mcptools.Compats, f.compat) {
		return cli.Usagef(cmd, "--compat %s: must be %s", f.compat, strings.Join(mcptools.Compats, ", "))
	}
	f.enforced.Server, f.enforced.NoPins = "mcp", gateway.OwnNoPins
	_, err := f.specs.library(cmd)
	return err
}

// NewMCPCmd returns the command mcp.
func NewMCPCmd(p *cli.Program) *cobra.Command {
	var f mcpFlags
	cmd := &cobra.Command{
		Use:     "mcp",
		Long:    mcpLong,
		Short:   "Let an agent read the captured traffic (MCP on stdio or HTTP)",
		Example: mcpExample,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			return serveMCP(p, cmd, &f)
		},
	}
	f.register(cmd)
	p.AddRefs(cmd)
	p.AddSessionFlag(cmd)
	p.AddProtoFlag(cmd)
	cmd.AddCommand(newMCPInstallCmd(p))
	return cmd
}

// serveMCP serves MCP on stdin and stdout until one of them is closed, or over HTTP until the
// context ends.
func serveMCP(p *cli.Program, cmd *cobra.Command, f *mcpFlags) (err error) {
	key := vouch.Take()
	log, err := p.Logger()
	if err != nil {
		return err
	}
	specs, err := f.specs.library(cmd)
	if err != nil {
		return err
	}
	st := control.NewLease(p.Open)
	defer st.Close()
	ctx, cancel := context.WithCancel(cmd.Context()) // ends the background work
	defer cancel()
	allowed, files, done, err := allow(p, &f.allow, st)
	if err != nil {
		return err
	}
	defer done()
	var e *gateway.Enforcing
	specs.Files = files
	if f.enforced.Policy != "" {
		f.enforced.Server = gateway.OwnTools + " mcp of " + gateway.Absolute(p.DBPath()) // approvals must not apply to the same call on another capture
		if e, err = gateway.EnforcePolicy(ctx, p, &f.enforced); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, e.Close()) }()
		end, err := gateway.OpenChannels(ctx, p, &f.enforced.Channels, f.enforced.Approvals, log)
		if err != nil {
			return err
		}
		defer end()
	}
	c := mcptools.Config{Allow: allowed, Specs: specs, Compat: f.compat, Log: log}
	if e != nil {
		c.Lists = e.Guard.Lists
	}
	s, err := MCPServer(ctx, p, st, c)
	if err != nil {
		return err
	}
	defer s.Close()
	var served front.Server = s
	if e != nil {
		served = f.enforced.Guarded(s, e.Guard)
	}
	servers := map[string]front.Server{front.DefaultPath: served}
	if e != nil {
		go e.Reload(ctx, log, gateway.ToolsChanged(servers))
	}
	go s.Warm(ctx) // a search that needs the index returns its error
	if f.http.Addr != "" {
		return flagset.ServeHTTP(ctx, p, &f.http, servers, log)
	}
	return front.ServeStdio(ctx, front.Vouched(served, key), p.Stdin, p.MessageOut(ctx), log)
}

// readable is the store of an MCP server.
type readable interface {
	catalog.Store
	store.Keyed
}

// MCPServer returns the MCP server of a store. The configuration holds the settings from flags. The
// background work ends with ctx.
func MCPServer(ctx context.Context, p *cli.Program, st readable, c mcptools.Config) (*mcptools.Server, error) {
	r, err := p.ReadingRedactor(ctx, st)
	if err != nil {
		return nil, err
	}
	c.Store, c.Redact = st, r
	c.Documents = documents{catalog.NewBackground(ctx, p.NewCatalog(st, catalog.SaveLarge))}
	c.Version, c.Principal = cli.Version(), handler.Caller
	return mcptools.New(c)
}

// documents implements source.Documenter on a catalog.
type documents struct{ *catalog.Background }

// Document implements source.Documenter.
func (d documents) Document(ctx context.Context, r source.DocumentRequest) (source.DocumentResult, error) {
	request, wait := catalogRequest(r)
	doc, err := d.Background.Document(ctx, request, wait)
	if err != nil {
		return source.DocumentResult{}, toolError(err)
	}
	out := source.DocumentResult{Decided: doc.Decided, OpenAPI: doc.OpenAPI}
	if r.Limit > 0 {
		out.Note = fmt.Sprintf("inferred from the newest %d flows only", r.Limit)
	}
	return out, nil
}

// Explain implements source.Documenter.
func (d documents) Explain(
	ctx context.Context, r source.DocumentRequest, method, path string,
) (*infer.Explanation, error) {
	request, wait := catalogRequest(r)
	e, err := d.Background.Explain(ctx, request, wait, method, path)
	return e, toolError(err)
}

func catalogRequest(r source.DocumentRequest) (catalog.Request, time.Duration) {
	return catalog.Request{Hosts: r.Hosts, MergeHosts: len(r.Hosts) == 0 && !r.OneAPI, Limit: r.Limit, Version: r.Version},
		r.Wait
}

// toolError maps errors to those that the tools distinguish.
func toolError(err error) error {
	if notReady, ok := errors.AsType[*catalog.NotReadyError](err); ok {
		return &source.NotReady{Read: notReady.Read}
	}
	if several, ok := errors.AsType[*catalog.AmbiguousHostError](err); ok {
		return &source.SeveralHosts{Hosts: several.Hosts}
	}
	return err
}

// specFlags name documents for the tools that take one.
type specFlags struct{ named []string }

func (f *specFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.named, "spec", nil,
		"let tools read an OpenAPI document by a name: `NAME=FILE` (repeatable); the file is read for each call")
}

// specName matches names that cannot be mistaken for a path or the text of a document.
var specName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// library checks the flags and returns the documents. A missing file is an error. A file that is
// not a document fails the call that reads it.
func (f *specFlags) library(cmd *cobra.Command) (*apidoc.Library, error) {
	out := &apidoc.Library{}
	for _, s := range f.named {
		name, file, ok := strings.Cut(s, "=")
		switch {
		case !ok || file == "" || !specName.MatchString(name):
			return nil, cli.Usagef(cmd, "--spec %s: must be NAME=FILE; a name has letters, digits, - and _", s)
		case slices.Contains(out.Names(), name):
			return nil, cli.Usagef(cmd, "--spec %s: the name %s is taken", s, name)
		}
		info, err := os.Stat(file)
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("is not a regular file")
		}
		if err == nil {
			file, err = filepath.Abs(file)
		}
		if err != nil {
			return nil, cli.WithHint(fmt.Errorf("--spec %s: %w", s, cli.PlainPathError(err)), "--spec "+name+"=FILE with an existing file")
		}
		out.Named = append(out.Named, apidoc.Named{Name: name, Path: file})
	}
	return out, nil
}
