package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools"
)

const serveExample = `  spectap serve api.yaml                                        # at the servers the document names
  spectap serve api.yaml --base-url http://localhost:8080       # at one that you name
  BEARER_TOKEN=… spectap serve https://api.example.com/openapi.json
  spectap serve --db shop.db --host shop.example.com            # what was captured, without a document
  spectap serve api.yaml --dry-run --summary                    # what would be served
  spectap serve --http 127.0.0.1:8090 --mount /shop=shop.yaml --mount /bank=bank.yaml

  # for an MCP client's configuration:
  {"mcpServers": {"shop": {"command": "spectap", "args": ["serve", "shop.yaml"], "env": {"BEARER_TOKEN": "…"}}}}`

const serveLong = `Serve makes one MCP tool of each operation of an OpenAPI document (2.0, 3.0, 3.1; JSON or YAML; a file or a URL).

Every method but GET, HEAD and OPTIONS is held: the client's user is asked, or, where the client cannot ask, the model
has to repeat the very same call with __confirmed: true. Nothing is sent before that. A model can repeat a call by
itself: --require-human takes a person's answer only.

Calls go to the document's servers, if their addresses are public, or to --base-url and nowhere else. A --base-url
without a path swaps the origin and keeps the path of the document's server: https://api.example.com/v1 becomes
http://localhost:8080/v1. With a path, be it only /, it takes the place of the server's URL wholly.

Credentials come from the environment and are sent only where an operation asks for them: SPECTAP_AUTH_ and the
scheme's name in capitals, else API_KEY, BEARER_TOKEN or BASIC_AUTH (user:password). For OAuth2, SPECTAP_AUTH_<SCHEME>
with _CLIENT_ID and _CLIENT_SECRET, or _REFRESH_TOKEN, gets tokens; --token-origin names where from when that is not the
API itself. With --mount, variables have the mount's name before
the scheme's: SPECTAP_AUTH_SHOP_<SCHEME>; the three general ones are not read then.`

// serveFlags are the flags of serve.
type serveFlags struct {
	baseURL, host string
	vars          map[string]string
	mounts        []string
	policy        guard.Policy
	holdFor       time.Duration
	audit         string
	prefix        string
	nameFormat    string
	mode          string
	dynamicOver   int
	files         string
	watch         bool
	out           outFlags
	filter        filterFlags
	dry           dryFlags
	secrets       secretFlags
	log           logFlags
	http          httpFlags
}

func newServeCmd(p *program) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:     "serve [SPEC]",
		Short:   "Let an agent call an API, guarded (MCP on stdio or HTTP)",
		Long:    serveLong,
		Example: serveExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return usagef(cmd, "%s takes one document, got %d; several are served with --http and --mount", cmd.CommandPath(), len(args))
			case len(args) == 1 && len(f.mounts) > 0:
				return usagef(cmd, "a document and --mount exclude each other")
			case len(args) == 0 && len(f.mounts) == 0 && p.global.db == "" && f.host == "":
				return usagef(cmd, "%s takes a document, or --db or --host for what was captured", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(f.http.check(cmd), f.dry.check(cmd), f.check(cmd)); err != nil {
				return err
			}
			spec := ""
			if len(args) == 1 {
				spec = args[0]
			}
			return p.serve(cmd.Context(), spec, &f)
		},
	}
	f.register(cmd)
	return cmd
}

func (f *serveFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.baseURL, "base-url", os.Getenv("OPENAPI_BASE_URL"), "call this `URL` in the place of the document's servers: without a path (http://localhost:8080) the server's own path is kept; with one, be it /, it replaces all. Its origin may have any address, and is the only one called (env OPENAPI_BASE_URL)")
	fl.StringVar(&f.host, "host", "", "without SPEC: the captured `host` to serve")
	fl.StringToStringVar(&f.vars, "server-var", nil, "a `name=value` for a variable of the document's servers (repeatable)")
	fl.StringArrayVar(&f.mounts, "mount", nil, "with --http: serve a document under a path, as `/base=SPEC` (repeatable)")
	fl.BoolVar(&f.policy.NoConfirmDangerous, "no-confirm-dangerous", false, "send calls that change something without asking")
	fl.BoolVar(&f.policy.RequireHuman, "require-human", false, "take a person's confirmation only, never the model's __confirmed")
	fl.BoolVar(&f.policy.ReadOnly, "read-only", false, "serve and allow GET, HEAD and OPTIONS only")
	fl.StringSliceVar(&f.policy.Confirm, "confirm", nil, "hold this `method or tool` too (repeatable)")
	fl.DurationVar(&f.holdFor, "hold-for", guard.DefaultHoldTTL, "how long a held call waits for its confirmation")
	fl.StringVar(&f.audit, "audit", "", "append each decision and its outcome to this `file`, as lines of JSON")
	fl.StringVar(&f.prefix, "prefix", "", "`text` before each tool's name")
	fl.StringVar(&f.nameFormat, "tool-name-format", "", "write tool names in this `form`: lower, upper, snake, camel")
	fl.StringVar(&f.mode, "mode", "auto", "`static`: one tool for each operation; dynamic: three that search, describe and call; auto: by --dynamic-over")
	fl.IntVar(&f.dynamicOver, "dynamic-over", spectools.DefaultDynamicOver, "with --mode auto: the `number` of operations up to which each has a tool")
	fl.StringVar(&f.files, "files", "", "let multipart forms name files below this `folder`")
	fl.BoolVar(&f.watch, "watch", false, "read a document again when its file changes, and the capture when it has more operations")
	f.out.register(cmd)
	f.filter.register(cmd)
	f.dry.register(cmd)
	f.secrets.register(cmd)
	f.log.register(cmd)
	f.http.register(cmd)
}

// check refuses flags that do not go together.
func (f *serveFlags) check(cmd *cobra.Command) error {
	switch {
	case len(f.mounts) > 0 && f.http.addr == "" && !f.dry.run:
		return usagef(cmd, "--mount needs --http")
	case len(f.mounts) > 0 && (f.baseURL != "" || f.host != ""):
		return usagef(cmd, "--mount goes with neither --base-url nor --host: each document names its servers")
	case len(f.secrets.caller) > 0 && f.http.addr == "":
		return usagef(cmd, "--caller-credentials needs --http: there are no headers on stdio")
	case f.watch && f.fromURL(cmd.Flags().Args()):
		return usagef(cmd, "--watch needs documents that are files, or a capture")
	}
	return nil
}

// fromURL says whether some document is fetched.
func (f *serveFlags) fromURL(args []string) bool {
	for _, a := range f.mounts {
		if i := strings.IndexAny(a, "=:"); i >= 0 {
			args = append(args, a[i+1:])
		}
	}
	return slices.ContainsFunc(args, isURL)
}

// outFlags bound what leaves.
type outFlags struct {
	allowPrivate bool
	timeout      time.Duration
	maxBody      int64
	maxResult    int
	retries      int
	rate         float64
	concurrent   int
	proxy        string
}

func (f *outFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&f.allowPrivate, "allow-private", false, "call the document's servers even where their addresses are private")
	fl.DurationVar(&f.timeout, "timeout", 30*time.Second, "bound a call, answer included")
	fl.Int64Var(&f.maxBody, "max-body", 8<<20, "cut answers after so many `bytes`")
	fl.IntVar(&f.maxResult, "max-result", spectools.DefaultMaxResult, "give at most so many `bytes` of an answer at once; the tool read_more reads on")
	fl.IntVar(&f.retries, "retries", 0, "try GET and HEAD again so many `times` after 429, 502, 503, 504 and failed connections")
	fl.Float64Var(&f.rate, "rate", 0, "start at most so many `calls` a second to one host")
	fl.IntVar(&f.concurrent, "concurrent", 0, "have at most so many `calls` under way to one host")
	fl.StringVar(&f.proxy, "proxy", "", "send calls through the proxy at this `URL`; the environment's is not looked at")
}

// names of the formats of tool names.
func nameFormat(s string) (spectools.NameFormat, error) {
	switch f := spectools.NameFormat(s); f {
	case spectools.NameAsIs, spectools.NameLower, spectools.NameUpper, spectools.NameSnake, spectools.NameCamel:
		return f, nil
	}
	return "", &misuse{fmt.Errorf("--tool-name-format %q: must be lower, upper, snake or camel", s)}
}
