package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/mcptools/front"
	"github.com/spectap/spectap/mcptools/spectools"
)

const serveExample = `  spectap serve api.yaml                                        # at the servers the document names
  spectap serve api.yaml --base-url http://localhost:8080       # at one that you name
  BEARER_TOKEN=… spectap serve https://api.example.com/openapi.json
  spectap serve --db shop.db --host shop.example.com            # what was captured, without a document

  # for an MCP client's configuration:
  {"mcpServers": {"shop": {"command": "spectap", "args": ["serve", "shop.yaml"], "env": {"BEARER_TOKEN": "…"}}}}`

const serveLong = `Serve makes one MCP tool of each operation of an OpenAPI document (2.0, 3.0, 3.1; JSON or YAML; a file or a URL).

Every method but GET, HEAD and OPTIONS is held: the client's user is asked, or, where the client cannot ask, the model
has to repeat the very same call with __confirmed: true. Nothing is sent before that. A model can repeat a call by
itself: --require-human takes a person's answer only.

Calls go to the document's servers, if their addresses are public, or to --base-url and nowhere else.

Credentials come from the environment and are sent only where an operation asks for them: SPECTAP_AUTH_ and the
scheme's name in capitals, else API_KEY, BEARER_TOKEN or BASIC_AUTH (user:password).`

// serveFlags are the flags of serve.
type serveFlags struct {
	baseURL, host string
	vars          map[string]string
	policy        guard.Policy
	holdFor       time.Duration
	allowPrivate  bool
	timeout       time.Duration
	maxBody       int64
	audit         string
	prefix        string
	nameFormat    string
	http          httpFlags
	mode          string
	dynamicOver   int
}

func newServeCmd(p *program) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:     "serve [SPEC]",
		Short:   "Let an agent call an API, guarded (MCP on stdio or HTTP)",
		Long:    serveLong,
		Example: serveExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef(cmd, "%s takes one document, got %d", cmd.CommandPath(), len(args))
			}
			if len(args) == 0 && p.global.db == "" && f.host == "" {
				return usagef(cmd, "%s takes a document, or --db or --host for what was captured", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			spec := ""
			if len(args) == 1 {
				spec = args[0]
			}
			if err := f.http.check(cmd); err != nil {
				return err
			}
			return p.serve(cmd.Context(), spec, &f)
		},
	}
	f.register(cmd)
	return cmd
}

func (f *serveFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.baseURL, "base-url", os.Getenv("OPENAPI_BASE_URL"), "the `URL` that paths are put behind, in the place of the document's servers; its origin may have any address (env OPENAPI_BASE_URL)")
	fl.StringVar(&f.host, "host", "", "without SPEC: the captured `host` to serve")
	fl.StringToStringVar(&f.vars, "server-var", nil, "a `name=value` for a variable of the document's servers (repeatable)")
	fl.BoolVar(&f.policy.NoConfirmDangerous, "no-confirm-dangerous", false, "send calls that change something without asking")
	fl.BoolVar(&f.policy.RequireHuman, "require-human", false, "take a person's confirmation only, never the model's __confirmed")
	fl.BoolVar(&f.policy.ReadOnly, "read-only", false, "refuse every method but GET, HEAD and OPTIONS")
	fl.StringSliceVar(&f.policy.Confirm, "confirm", nil, "hold this `method or tool` too (repeatable)")
	fl.DurationVar(&f.holdFor, "hold-for", guard.DefaultHoldFor, "how long a held call waits for its confirmation")
	fl.BoolVar(&f.allowPrivate, "allow-private", false, "call the document's servers even where their addresses are private")
	fl.DurationVar(&f.timeout, "timeout", 30*time.Second, "bound a call, answer included")
	fl.Int64Var(&f.maxBody, "max-body", 8<<20, "cut answers after so many `bytes`")
	fl.StringVar(&f.audit, "audit", "", "append each decision and its outcome to this `file`, as lines of JSON")
	fl.StringVar(&f.prefix, "prefix", "", "`text` before each tool's name")
	fl.StringVar(&f.nameFormat, "tool-name-format", "", "write tool names in this `form`: lower, upper, snake, camel")
	fl.StringVar(&f.mode, "mode", "auto", "`static`: one tool for each operation; dynamic: three that search, describe and call; auto: by --dynamic-over")
	fl.IntVar(&f.dynamicOver, "dynamic-over", spectools.DefaultDynamicOver, "with --mode auto: the `number` of operations up to which each has a tool")
	f.http.register(cmd)
}

// options are the flags as package spectools has them.
func (f *serveFlags) options() (spectools.Options, error) {
	o := spectools.Options{
		BaseURL: f.baseURL, ServerVariables: f.vars, Policy: f.policy, HoldFor: f.holdFor, Prefix: f.prefix,
		NameFormat: spectools.NameFormat(f.nameFormat), Credentials: spectools.Environment{Get: os.Getenv}, Principal: front.Caller,
	}
	o.Egress.AllowPrivate = f.allowPrivate
	o.Egress.Timeout = f.timeout
	o.Egress.MaxBody = f.maxBody
	o.Egress.UserAgent = "spectap/" + version()
	switch o.NameFormat {
	case spectools.NameAsIs, spectools.NameLower, spectools.NameUpper, spectools.NameSnake, spectools.NameCamel:
	default:
		return o, &misuse{fmt.Errorf("--tool-name-format %q: must be lower, upper, snake or camel", f.nameFormat)}
	}
	if f.timeout <= 0 || f.maxBody <= 0 || f.holdFor <= 0 {
		return o, &misuse{errors.New("--timeout, --max-body and --hold-for must be more than nothing")}
	}
	return o, nil
}

func (f *serveFlags) serverOptions() (spectools.ServerOptions, error) {
	o := spectools.ServerOptions{Version: version(), DynamicOver: f.dynamicOver}
	switch f.mode {
	case "auto":
	case "static", "dynamic":
		o.Mode = spectools.Mode(f.mode)
	default:
		return o, &misuse{fmt.Errorf("--mode %q: must be auto, static or dynamic", f.mode)}
	}
	if f.dynamicOver <= 0 {
		return o, &misuse{errors.New("--dynamic-over must be more than nothing")}
	}
	return o, nil
}

// serve speaks MCP until the client goes or the context ends.
func (p *program) serve(ctx context.Context, spec string, f *serveFlags) error {
	log, err := p.logger()
	if err != nil {
		return err
	}
	o, err := f.options()
	if err != nil {
		return err
	}
	so, err := f.serverOptions()
	if err != nil {
		return err
	}
	closeAudit, err := f.openAudit(&o)
	if err != nil {
		return err
	}
	defer closeAudit()
	set, err := p.toolSet(ctx, spec, f.host, o)
	if err != nil {
		return err
	}
	defer set.Close()
	p.tellServed(set)
	for _, n := range set.Notes() {
		log.Info("document", "note", n.String())
	}
	m := spectools.NewServer(set, so)
	if f.http.addr != "" {
		return p.serveHTTP(ctx, &f.http, map[string]*server.MCPServer{front.DefaultPath: m}, log)
	}
	return mcptools.ServeStdio(ctx, m, p.stdin, p.stdout, log)
}

// openAudit opens the audit's file. Only its owner may read it.
func (f *serveFlags) openAudit(o *spectools.Options) (func(), error) {
	if f.audit == "" {
		return func() {}, nil
	}
	w, err := os.OpenFile(f.audit, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the audit: %w", err)
	}
	o.Audit = guard.NewJournal(w)
	return func() { w.Close() }, nil
}

// maxLeftOut bounds how many operations that were left out are listed.
const maxLeftOut = 20

// tellServed says on stderr what is served, and what is not.
func (p *program) tellServed(set *spectools.Set) {
	held := 0
	for _, op := range set.Operations() {
		if op.Held {
			held++
		}
	}
	skipped := set.Skipped()
	fmt.Fprintf(p.stderr, "spectap: %d tools, calls of %d are held until confirmed; %d operations left out\n", len(set.Operations()), held, len(skipped))
	for i, s := range skipped {
		if i == maxLeftOut {
			fmt.Fprintf(p.stderr, "  … and %d more\n", len(skipped)-i)
			break
		}
		io.WriteString(p.stderr, "  left out: "+s.String()+"\n")
	}
}
