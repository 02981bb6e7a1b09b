package serve

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcp/vouch"
	"github.com/spectap/spectap/mcptools/spectools"
)

const serveExample = `  spectap serve api.yaml                                        # call the servers of the document
  spectap serve api.yaml --base-url http://localhost:8080       # call a server that you name
  BEARER_TOKEN=… spectap serve https://api.example.com/openapi.json
  spectap serve --db shop.db --host shop.example.com            # the captured API, without a document
  spectap serve api.yaml --db shop.db --mock                    # try an agent: the API is not called (see spectap mock)
  spectap serve api.yaml --dry-run --summary                    # print what would be served
  spectap serve --http 127.0.0.1:8090 --mount /shop=shop.yaml --mount /bank=bank.yaml

  spectap serve install cursor api.yaml --env BEARER_TOKEN      # add it to an MCP client

  # for another MCP client's configuration:
  {"mcpServers": {"shop": {"command": "spectap", "args": ["serve", "shop.yaml", "--base-url", "https://shop.example"], "env": {"BEARER_TOKEN": "…"}}}}`

const serveLong = `Serves each operation of an OpenAPI document as one MCP tool. The document is a file or a URL,
in JSON or YAML, of version 2.0 to 3.2.

Calls of methods other than GET, HEAD and OPTIONS are held: nothing is sent before a
confirmation, except a POST whose path, operationId and summary all say that it reads;
--confirm POST holds these too. The server asks the user of the client. If the client cannot ask, the model must
repeat the identical call with __confirmed: true. A model can do so by itself: with
--require-human only a person can confirm.

Calls go to the servers of the document, if their addresses are public, or to --base-url and
nowhere else. A --base-url without a path replaces the origin and keeps the path of the server:
https://api.example.com/v1 becomes http://localhost:8080/v1. With a path, even /, it replaces
the whole URL of the server.

Credentials come from environment variables and are sent only with operations that require them, or
with all calls if the document says nothing of security. The variable of a security scheme is
SPECTAP_AUTH_ and the name of the scheme in capitals, else API_KEY, BEARER_TOKEN or BASIC_AUTH
(user:password), whichever fits. These three are sent only to an API that you name: with --base-url,
or by a SPEC that is a URL of the same origin. The start says what is sent and what is missing.
For OAuth2, SPECTAP_AUTH_<SCHEME>_CLIENT_ID and _CLIENT_SECRET, or _REFRESH_TOKEN, are exchanged for
tokens; --token-origin names the origin of the token URL if it is not that of the API.
With --login, a person signs in.
With --mount, the name of the mount comes before that of the scheme: SPECTAP_AUTH_SHOP_<SCHEME>.
The three general variables are not used then.`

// Flags are the flags of serve.
type Flags struct {
	baseURL, host string
	vars          map[string]string
	mounts        []string
	policy        guard.Policy
	enforced      gateway.PolicyFlags
	policies      []string
	approval      approvalDemand
	prefix        string
	nameFormat    string
	mode          string
	maxList       int
	strictOutput  bool
	files         string
	workflows     string
	watch         bool
	mock          bool
	pins          string
	out           outFlags
	filter        filterFlags
	dry           dryFlags
	secrets       secretFlags
	log           logFlags
	http          flagset.HTTPFlags
}

// NewCmd returns the command serve.
func NewCmd(p *cli.Program) *cobra.Command {
	var f Flags
	cmd := &cobra.Command{
		Use:     "serve [SPEC]",
		Short:   "Let an agent call an API through guarded tools (MCP on stdio or HTTP)",
		Long:    serveLong,
		Example: serveExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return cli.Usagef(cmd, "%s takes one document, got %d; use --http and --mount for several",
					cmd.CommandPath(), len(args))
			case len(args) == 1 && len(f.mounts) > 0:
				return cli.Usagef(cmd, "a document and --mount exclude each other")
			case len(args) == 0 && len(f.mounts) == 0 && p.Global.DB == "" && f.host == "":
				return cli.Usagef(cmd, "%s takes a document, or --db or --host to serve the captured API",
					cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(f.http.Check(cmd), flagset.Check(cmd, flagset.Need("summary diff", "dry-run", "")), f.check(cmd)); err != nil {
				return err
			}
			spec := ""
			if len(args) == 1 {
				spec = args[0]
			}
			if p.Global.Session != "" && !f.mock && (spec != "" || len(f.mounts) > 0) {
				return cli.Usagef(cmd, "--session selects captured traffic, and excludes SPEC and --mount")
			}
			return serve(cmd.Context(), p, spec, &f)
		},
	}
	f.register(cmd)
	p.AddRefs(cmd)
	p.AddSessionFlag(cmd)
	cmd.AddCommand(newServeInstallCmd(p))
	return cmd
}

func (f *Flags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.baseURL, "base-url", os.Getenv("OPENAPI_BASE_URL"),
		"call this `URL` instead of the document's servers. Without a path (http://localhost:8080) it keeps the "+
			"path of the server; with one, even /, it replaces the whole URL. Its origin is the only one called and "+
			"may have any address (env OPENAPI_BASE_URL)")
	fl.StringVar(&f.host, "host", "", "without SPEC: the captured `host` to serve")
	end := cli.Under(fl, cli.HeadCalls)
	fl.StringToStringVar(&f.vars, "server-var", nil, "`name=value` of a server variable of the document (repeatable)")
	end()
	fl.StringArrayVar(&f.mounts, "mount", nil, "with --http: serve a document under a path: `/base=SPEC`; "+
		"/base=SPEC,URL calls this URL as --base-url does (repeatable)")
	end = cli.Under(fl, cli.HeadPolicy)
	fl.BoolVar(&f.policy.NoConfirmDangerous, "no-confirm-dangerous", false,
		"send calls that change something without confirmation")
	fl.BoolVar(&f.policy.RequireHuman, "require-human", false,
		"accept only the confirmation of a person, never the __confirmed of the model")
	end()
	fl.BoolVar(&f.policy.ReadOnly, "read-only", false, "serve and allow only GET, HEAD and OPTIONS")
	end = cli.Under(fl, cli.HeadPolicy, "audit", "policy", "approvals")
	fl.StringSliceVar(&f.policy.Confirm, "confirm", nil, "also hold calls of this `method or tool` (repeatable)")
	flagset.TimeVar(fl, &f.policy.HoldFor, "hold-for", guard.DefaultHold,
		"discard a held call that is not confirmed within this `time`")
	fl.StringVar(&f.enforced.Audit, "audit", "",
		"append each decision and its outcome to this `file`, one JSON object per line; with --policy or --require-approval, a chain of hashes; {pid} in its name is the number of the process")
	fl.StringArrayVar(&f.policies, "policy", nil, gateway.PolicyHelp())
	f.enforced.Register(cmd)
	f.approval.register(cmd)
	end()
	end = cli.Under(fl, cli.HeadTools)
	fl.StringVar(&f.prefix, "prefix", "", "`text` to put before each tool name")
	fl.StringVar(&f.nameFormat, "tool-name-format", "", "`format` of tool names: lower, upper, snake, camel")
	end()
	fl.StringVar(&f.mode, "mode", "auto",
		"`mode` of the tools: static (one per operation), dynamic (three that search, describe and call) or "+
			"auto (dynamic for more than 100 operations, and by --max-list)")
	end = cli.Under(fl, cli.HeadTools)
	fl.IntVar(&f.maxList, "max-list", spectools.DefaultMaxList,
		"with --mode auto: use dynamic mode if the list of tools has more than this many `bytes`")
	fl.BoolVar(&f.strictOutput, "strict-output", false,
		"let the output schemas of tools demand what the document says of responses: clients then drop responses that break it")
	end()
	fl.StringVar(&f.files, "files", "", "let multipart forms send files of this `folder`")
	fl.StringVar(&f.workflows, "workflows", "",
		"also serve each workflow of this Arazzo `file` as one tool: its requests are confirmed at once (spectap workflows writes such files)")
	fl.BoolVar(&f.watch, "watch", false,
		"reload a document when its file changes, and the captured API when it has new operations")
	fl.BoolVar(&f.mock, "mock", false,
		"call a mock in this process instead of the API, as spectap mock serves it; it needs no credentials")
	fl.StringVar(&f.pins, "pins", "",
		"pin what each tool says and sends in this `file`, and refuse new and changed ones until spectap pins accepts them")
	f.out.register(cmd)
	f.filter.register(cmd)
	f.dry.register(cmd)
	f.secrets.register(cmd)
	f.log.register(cmd)
	f.http.Register(cmd)
	f.http.RegisterSSE(cmd)
}

// check refuses flags that exclude each other.
func (f *Flags) check(cmd *cobra.Command) error {
	f.enforced.Demand, f.enforced.Server, f.enforced.NoPins = len(f.approval) > 0, "serve", serveNoPins
	if err := f.setPolicy(); err != nil {
		return err
	}
	if err := errors.Join(f.approval.check(cmd, &f.enforced), f.enforced.Check(cmd)); err != nil {
		return err
	}
	callers := flagset.Need("caller-credentials caller-auth", "http", "stdio has no headers")
	if os.Getenv(vouch.Variable) != "" { // the gateway passes them on
		callers = flagset.Rule{}
	}
	if err := flagset.Check(cmd, callers,
		flagset.Exclude("pins", "dry-run", "a dry run pins nothing"),
		flagset.Exclude("base-url server-var mount allow-private proxy pins watch sign-in login token-origin credential-file credential-command "+
			"caller-credentials caller-auth api-key bearer-token basic-auth", "mock", "the tools call a mock, which takes no credentials"),
		flagset.Exclude("api-key bearer-token basic-auth", "mount", "use SPECTAP_AUTH_<MOUNT>_<SCHEME>"),
		flagset.Exclude("sign-in", "mount", "serve the app that needs a session by itself"),
		flagset.Exclude("workflows", "mount", "serve the API of the workflows by itself")); err != nil {
		return err
	}
	switch {
	case len(f.mounts) > 0 && f.http.Addr == "" && !f.dry.run:
		return cli.Usagef(cmd, "--mount needs --http")
	case len(f.mounts) > 0 && (f.baseURL != "" || f.host != ""):
		return cli.Usagef(cmd, "--mount excludes --base-url and --host: give each its own, such as --mount /shop=shop.yaml,http://localhost:8080")
	}
	mounts, err := parseMounts(f.mounts)
	fromURL := func(m Mount) bool { return cli.IsURL(m.Spec) }
	if f.watch && (slices.ContainsFunc(cmd.Flags().Args(), cli.IsURL) || slices.ContainsFunc(mounts, fromURL)) {
		return cli.Usagef(cmd, "--watch needs documents in files, or a capture")
	}
	return err
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
	defer cli.Under(fl, cli.HeadCalls)()
	fl.BoolVar(&f.allowPrivate, "allow-private", false,
		"call the document's servers even if their addresses are private")
	flagset.TimeVar(fl, &f.timeout, "timeout", 30*time.Second, "limit the `time` of a call, including its response")
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
	return "", cli.Misusef("--tool-name-format %q: must be lower, upper, snake or camel", s)
}

// captureTicks is the number of intervals between checks of a capture, which changes with each
// request and whose document takes longer to build.
const captureTicks = 10

// Watched is a served document that may change. Without a spec it is that of the capture.
type Watched struct {
	Mount  Mount
	Server *spectools.Server
	Set    *spectools.Set
	last   cli.FileState
	// quarantined are the tools that no person had accepted at the last check. unpinned means that
	// the check failed.
	quarantined map[string]pin.Status
	unpinned    bool
}

// watch reloads documents when their files change, with --watch, and follows their pins.
func (s *Serving) watch(ctx context.Context, all []*Watched, log *slog.Logger) {
	tick := 0
	cli.Every(ctx, cli.WatchInterval, func() {
		tick++
		for _, w := range all {
			s.followPins(w, log)
			if !s.F.watch || w.Mount.Spec == "" && tick%captureTicks != 0 {
				continue
			}
			if now := s.StateOf(w.Mount); now != w.last && now != (cli.FileState{}) {
				w.last = now
				s.Renew(ctx, w, log)
			}
		}
	})
}

// Renew serves a changed document. The old document stays if the new one cannot be served, or if
// its server has another origin: credentials were given for the origin at the start.
func (s *Serving) Renew(ctx context.Context, w *Watched, log *slog.Logger) {
	set, err := s.ToolSet(ctx, w.Mount)
	if err != nil {
		log.Warn("the changed document cannot be served; the old one stays", "error", err)
		return
	}
	if before, after := w.Set.CredentialOrigin(), set.CredentialOrigin(); before != after && before != "" {
		set.Close()
		log.Warn("the changed document names another origin; the old one stays; "+
			"to use the new one, start serve again", "was", before, "is", after)
		return
	}
	if w.Mount.Spec == "" && reflect.DeepEqual(w.Set.Summaries(), set.Summaries()) {
		set.Close() // new flows, but the same operations
		return
	}
	if err := set.Pin(); err != nil {
		set.Close()
		log.Warn("the changed document cannot be compared with its pins; the old one stays", "error", err)
		return
	}
	// The old set is not closed, since its calls may be in progress. Its idle connections time out.
	w.Server.Replace(set, s.Server)
	w.Set = set
	if now, err := set.Quarantined(); err == nil {
		w.quarantined = now
	}
	s.printServed(w.Mount, set)
}

// StateOf returns the state of the file of a mount, the zero value if it cannot be read.
func (s *Serving) StateOf(m Mount) cli.FileState {
	return cli.FileStateOf(cmp.Or(m.Spec, s.P.DBPath()))
}
