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

const serveExample = `  spectap serve api.yaml                                        # call the servers of the document
  spectap serve api.yaml --base-url http://localhost:8080       # call a server that you name
  BEARER_TOKEN=… spectap serve https://api.example.com/openapi.json
  spectap serve --db shop.db --host shop.example.com            # the captured API, without a document
  spectap serve api.yaml --dry-run --summary                    # print what would be served
  spectap serve --http 127.0.0.1:8090 --mount /shop=shop.yaml --mount /bank=bank.yaml
  spectap serve --http 127.0.0.1:8090 --mount /shop=shop.yaml --mount /bank=bank.yaml --policy all.yaml --policy /bank=strict.yaml

  spectap serve install cursor api.yaml --env BEARER_TOKEN      # add it to an MCP client

  # for another MCP client's configuration:
  {"mcpServers": {"shop": {"command": "spectap", "args": ["serve", "shop.yaml", "--base-url", "https://shop.example"], "env": {"BEARER_TOKEN": "…"}}}}`

const serveLong = `Serves each operation of an OpenAPI document as one MCP tool. The document is a file or a URL,
in JSON or YAML, of version 2.0, 3.0 or 3.1.

Calls of methods other than GET, HEAD and OPTIONS are held: nothing is sent before a
confirmation. The server asks the user of the client. If the client cannot ask, the model must
repeat the identical call with __confirmed: true. A model can do so by itself: with
--require-human only a person can confirm.

Calls go to the servers of the document, if their addresses are public, or to --base-url and
nowhere else. A --base-url without a path replaces the origin and keeps the path of the server:
https://api.example.com/v1 becomes http://localhost:8080/v1. With a path, even /, it replaces
the whole URL of the server.

Credentials come from environment variables and are sent only with operations that require them.
The variable of a security scheme is SPECTAP_AUTH_ and the name of the scheme in capitals, else
API_KEY, BEARER_TOKEN or BASIC_AUTH (user:password). These three are sent only to an API that you
name: with --base-url, or by a SPEC that is a URL of the same origin. For OAuth2, SPECTAP_AUTH_<SCHEME>_CLIENT_ID
and _CLIENT_SECRET, or _REFRESH_TOKEN, are exchanged for tokens; --token-origin names the origin
of the token URL if it is not that of the API. With --mount, the name of the mount comes before
that of the scheme: SPECTAP_AUTH_SHOP_<SCHEME>. The three general variables are not used then.`

// serveFlags are the flags of serve.
type serveFlags struct {
	baseURL, host string
	vars          map[string]string
	mounts        []string
	policy        guard.Policy
	holdFor       time.Duration
	enforced      policyFlags
	policies      []string
	approval      approvalDemand
	prefix        string
	nameFormat    string
	mode          string
	maxList       int
	files         string
	watch         bool
	pins          string
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
		Short:   "Let an agent call an API through guarded tools (MCP on stdio or HTTP)",
		Long:    serveLong,
		Example: serveExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return usagef(cmd, "%s takes one document, got %d; use --http and --mount for several",
					cmd.CommandPath(), len(args))
			case len(args) == 1 && len(f.mounts) > 0:
				return usagef(cmd, "a document and --mount exclude each other")
			case len(args) == 0 && len(f.mounts) == 0 && p.global.db == "" && f.host == "":
				return usagef(cmd, "%s takes a document, or --db or --host to serve the captured API",
					cmd.CommandPath())
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
			if p.global.session != "" && (spec != "" || len(f.mounts) > 0) {
				return usagef(cmd, "--session selects captured traffic, and excludes SPEC and --mount")
			}
			return p.serve(cmd.Context(), spec, &f)
		},
	}
	f.register(cmd)
	p.addSessionFlag(cmd)
	cmd.AddCommand(newServeInstallCmd(p))
	return cmd
}

func (f *serveFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.baseURL, "base-url", os.Getenv("OPENAPI_BASE_URL"),
		"call this `URL` instead of the document's servers. Without a path (http://localhost:8080) it keeps the "+
			"path of the server; with one, even /, it replaces the whole URL. Its origin is the only one called and "+
			"may have any address (env OPENAPI_BASE_URL)")
	fl.StringVar(&f.host, "host", "", "without SPEC: the captured `host` to serve")
	fl.StringToStringVar(&f.vars, "server-var", nil, "`name=value` of a server variable of the document (repeatable)")
	fl.StringArrayVar(&f.mounts, "mount", nil, "with --http: serve a document under a path: `/base=SPEC`; "+
		"/base=SPEC,URL calls this URL as --base-url does (repeatable)")
	fl.BoolVar(&f.policy.NoConfirmDangerous, "no-confirm-dangerous", false,
		"send calls that change something without confirmation")
	fl.BoolVar(&f.policy.RequireHuman, "require-human", false,
		"accept only the confirmation of a person, never the __confirmed of the model")
	fl.BoolVar(&f.policy.ReadOnly, "read-only", false, "serve and allow only GET, HEAD and OPTIONS")
	fl.StringSliceVar(&f.policy.Confirm, "confirm", nil, "also hold calls of this `method or tool` (repeatable)")
	timeVar(fl, &f.holdFor, "hold-for", guard.DefaultHoldTTL,
		"discard a held call that is not confirmed within this `time`")
	fl.StringVar(&f.enforced.audit, "audit", "",
		"append each decision and its outcome to this `file`, one JSON object per line; with --policy or --require-approval, a chain of hashes")
	fl.StringArrayVar(&f.policies, "policy", nil, policyHelp()+"; /base=FILE is for one --mount (repeatable)")
	f.enforced.register(cmd)
	f.approval.register(cmd)
	fl.StringVar(&f.prefix, "prefix", "", "`text` to put before each tool name")
	fl.StringVar(&f.nameFormat, "tool-name-format", "", "`format` of tool names: lower, upper, snake, camel")
	fl.StringVar(&f.mode, "mode", "auto",
		"`mode` of the tools: static (one per operation), dynamic (three that search, describe and call) or "+
			"auto (decided by --max-list)")
	fl.IntVar(&f.maxList, "max-list", spectools.DefaultMaxList,
		"with --mode auto: use dynamic mode if the list of tools has more than this many `bytes`")
	fl.StringVar(&f.files, "files", "", "let multipart forms send files of this `folder`")
	fl.BoolVar(&f.watch, "watch", false,
		"reload a document when its file changes, and the captured API when it has new operations")
	fl.StringVar(&f.pins, "pins", "",
		"pin what each tool says and sends in this `file`, and refuse new and changed ones until spectap pins accepts them")
	f.out.register(cmd)
	f.filter.register(cmd)
	f.dry.register(cmd)
	f.secrets.register(cmd)
	f.log.register(cmd)
	f.http.register(cmd)
	f.http.registerSSE(cmd)
}

// check refuses flags that exclude each other.
func (f *serveFlags) check(cmd *cobra.Command) error {
	f.enforced.demand, f.enforced.server, f.enforced.noPins = len(f.approval) > 0, "serve", serveNoPins
	if err := f.dividePolicies(); err != nil {
		return err
	}
	if err := errors.Join(f.approval.check(cmd, &f.enforced, cmd.Flags().Args()), f.enforced.check(cmd)); err != nil {
		return err
	}
	switch {
	case len(f.mounts) > 0 && f.http.addr == "" && !f.dry.run:
		return usagef(cmd, "--mount needs --http")
	case len(f.mounts) > 0 && (f.baseURL != "" || f.host != ""):
		return usagef(cmd, "--mount excludes --base-url and --host: give each its own, such as --mount /shop=shop.yaml,http://localhost:8080")
	case len(f.secrets.caller) > 0 && f.http.addr == "":
		return usagef(cmd, "--caller-credentials needs --http: stdio has no headers")
	case f.secrets.callerAuth && f.http.addr == "":
		return usagef(cmd, "--caller-auth needs --http: stdio has no headers")
	case len(f.mounts) > 0 && f.secrets.general.isSet():
		return usagef(cmd, "--mount excludes --api-key, --bearer-token and --basic-auth: use SPECTAP_AUTH_<MOUNT>_<SCHEME>")
	case f.pins != "" && f.dry.run:
		return usagef(cmd, "--pins and --dry-run exclude each other: a dry run pins nothing")
	case f.watch && f.fromURL(cmd.Flags().Args()):
		return usagef(cmd, "--watch needs documents in files, or a capture")
	}
	return nil
}

// fromURL reports whether a document is fetched from a URL.
func (f *serveFlags) fromURL(args []string) bool {
	for _, a := range f.mounts {
		if i := strings.IndexAny(a, "=:"); i >= 0 {
			args = append(args, a[i+1:])
		}
	}
	return slices.ContainsFunc(args, isURL)
}

// outFlags limit the requests to the API.
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
	fl.BoolVar(&f.allowPrivate, "allow-private", false,
		"call the document's servers even if their addresses are private")
	timeVar(fl, &f.timeout, "timeout", 30*time.Second, "limit the `time` of a call, including its response")
	fl.Int64Var(&f.maxBody, "max-body", 8<<20, "truncate responses after this many `bytes`")
	fl.IntVar(&f.maxResult, "max-result", spectools.DefaultMaxResult,
		"return at most this many `bytes` of a response at once; the tool read_more returns the rest")
	fl.IntVar(&f.retries, "retries", 0,
		"retry GET and HEAD this many `times` after status 429, 502, 503 or 504 and after failed connections")
	fl.Float64Var(&f.rate, "rate", 0, "start at most this many `calls` per second to one host")
	fl.IntVar(&f.concurrent, "concurrent", 0, "allow at most this many concurrent `calls` to one host")
	fl.StringVar(&f.proxy, "proxy", "", "send calls through the proxy at this `URL`; environment variables are ignored")
}

// nameFormat parses --tool-name-format.
func nameFormat(s string) (spectools.NameFormat, error) {
	switch f := spectools.NameFormat(s); f {
	case spectools.NameAsIs, spectools.NameLower, spectools.NameUpper, spectools.NameSnake, spectools.NameCamel:
		return f, nil
	}
	return "", &misuse{fmt.Errorf("--tool-name-format %q: must be lower, upper, snake or camel", s)}
}
