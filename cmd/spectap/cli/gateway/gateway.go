package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/merge"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/streamable"
)

const gatewayLong = `Passes messages between a client and an MCP server. The client is on stdin and stdout, or reaches
the gateway by HTTP (--http). The server is a child process, or is reached by HTTP (--upstream). The
policy decides what passes: everything that it does not allow is refused. Each decision is written to
the audit before it takes effect. A changed policy is loaded again; if it has errors, the old one
stays in force. docs/policy.md describes policies, docs/gateway.md the rest.`

const gatewayExample = `  spectap gateway --policy policy.yaml -- npx some-mcp-server
  spectap gateway --policy policy.yaml --audit audit.jsonl --state limits.json -- ./server
  spectap gateway --policy policy.yaml --audit audit.jsonl --shadow -- ./server    # decide, but let all through
  spectap gateway --policy policy.yaml --http 127.0.0.1:8090 --token-file token -- ./server
  SPECTAP_UPSTREAM_TOKEN=… spectap gateway --policy policy.yaml --upstream https://mcp.example.com/mcp
  spectap gateway --config servers.yaml --audit audit.jsonl    # several servers as one
  spectap gateway --config servers.yaml --disclose auto        # a long list is searched instead of shown
  spectap gateway status                                       # of those that run`

// gatewayFlags are the flags of the gateway.
type gatewayFlags struct {
	PolicyFlags
	config   string
	pins     string
	grants   grantFlags
	oauth    OAuthFlags
	http     flagset.HTTPFlags
	upstream upstreamFlags
	sessions int
	idle     time.Duration
	disclose discloseFlags
	// callerHeaders returns the headers that serve with these arguments takes credentials from.
	callerHeaders func(args []string) []string
}

// NewCmd returns the command gateway. callerHeaders returns the headers that serve with these
// arguments takes credentials of its callers from.
func NewCmd(p *cli.Program, callerHeaders func(args []string) []string) *cobra.Command {
	x := gatewayFlags{callerHeaders: callerHeaders}
	cmd := &cobra.Command{
		Use:     "gateway (--policy FILE (--upstream URL | -- CMD…) | --config FILE)",
		Short:   "Enforce a policy in front of any MCP server",
		Long:    gatewayLong,
		Example: gatewayExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case x.config != "" && (x.upstream.URL != "" || len(args) > 0 || x.Policy != ""):
				return cli.Usagef(cmd, "--config names servers and their policies: it excludes --policy, --upstream and a command")
			case x.config != "":
				return nil
			case x.upstream.URL != "" && len(args) > 0:
				return cli.Usagef(cmd, "--upstream and a command exclude each other")
			case x.upstream.URL == "" && (cmd.ArgsLenAtDash() != 0 || len(args) == 0):
				return cli.Usagef(cmd, "%s takes the command of an MCP server after --, or --upstream URL, or --config FILE", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			policies := x.PolicyFlags
			if policies.Policy = cmp.Or(x.Policy, x.config); policies.Policy == "" {
				err := cli.Misusef("--policy is missing: without a policy everything would be denied")
				if len(args) == 0 {
					return cli.WithHint(err, "spectap policy init --help   # writes a first policy")
				}
				return cli.WithHint(err, "spectap policy init -o policy.yaml -- "+cli.QuoteArgs(args)+"   # writes a first policy")
			}
			if err := errors.Join(policies.Check(cmd), x.grants.check(cmd, &x.http),
				x.oauth.check(cmd), x.http.Check(cmd), x.upstream.check(cmd)); err != nil {
				return err
			}
			if x.pins == "" {
				x.NoPins = "the gateway has no --pins; add that, or remove it from the policy"
			}
			if err := x.disclose.check(cmd); err != nil {
				return err
			}
			if x.sessions <= 0 || x.idle <= 0 {
				return cli.Usagef(cmd, "--max-sessions and --session-idle must be positive")
			}
			return runGateway(cmd.Context(), p, &x, args)
		},
	}
	x.RegisterPolicy(cmd)
	x.PolicyFlags.Register(cmd)
	x.RegisterAudit(cmd)
	f := cmd.Flags()
	f.StringVar(&x.config, "config", "", "a `file` that lists several servers, each with a prefix and a policy")
	f.StringVar(&x.pins, "pins", "", "pin definitions in this `file`, and refuse new and changed ones until spectap pins accepts them")
	end := cli.Under(f, cli.HeadHTTP)
	f.IntVar(&x.sessions, "max-sessions", streamable.DefaultMaxSessions, "with --http: the `number` of sessions, each with a connection to the server")
	flagset.TimeVar(f, &x.idle, "session-idle", streamable.DefaultIdle, "with --http: end a session after this `time` without a request")
	end()
	x.grants.register(cmd)
	x.oauth.register(cmd)
	x.http.Register(cmd)
	x.http.RegisterMetrics(cmd)
	x.upstream.register(cmd)
	x.disclose.register(cmd)
	cmd.AddCommand(cli.EndsAtOnce(newGatewayStatusCmd(p)))
	return cmd
}

func runGateway(ctx context.Context, p *cli.Program, x *gatewayFlags, command []string) (err error) {
	log, err := p.Logger()
	if err != nil {
		return err
	}
	backends, err := backends(p, x, command)
	if err = errors.Join(err, x.OpenApprovals(p.Stderr)); err != nil {
		return err
	}
	if x.holds = x.Held != ""; x.holds && !x.shadow {
		fmt.Fprintln(p.Stderr, "approvals: calls that the policy requires approval of, and calls of tools that do not only read, wait for a person, "+
			"unless the policy has require_approval: false; to decide: spectap approvals ls --approvals "+cli.QuoteArg(x.Held))
	}
	x.warnExposed(backends, log)
	pins, err := OpenPinBook(x.pins)
	if err != nil {
		return err
	}
	end, err := OpenChannels(ctx, p, &x.Channels, x.Approvals, log)
	if err != nil {
		return err
	}
	defer end()
	defer x.StartTraces(p.Stderr, log)()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var first *Enforcing
	state := newGatewayState(x, pins)
	servers := make([]gateway.Server, len(backends))
	for i := range backends {
		b := &backends[i]
		dial, key, err := backendDial(ctx, p, b, log)
		if err != nil {
			return err
		}
		flags := x.flagsOf(b, state)
		var e *Enforcing
		if e, err = enforceBeside(ctx, p, &flags, first, b.name); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, e.Close()) }()
		if first == nil {
			first = e
		}
		go e.Reload(ctx, log, nil)
		servers[i] = gateway.Server{
			Name: b.name, Identity: b.identity, Prefix: b.prefix, Resources: b.resources, Guard: e.Guard, Dial: dial, Key: key,
			Tells: x.tells(p, b, log), Pins: pins, Health: state.add(b, e), Outputs: new(gateway.Outputs),
		}
	}
	if err := serveFromPins(p, x.pins, pins, state.known); err != nil {
		return err
	}
	state.session = first.session
	defer state.serve(log)()
	endMetrics, err := flagset.ServeMetrics(ctx, p, &x.http, state.page, log)
	if err != nil {
		return err
	}
	defer endMetrics()
	return admitClients(ctx, p, x, servers, state, first, log)
}

// admitClients serves clients, with the rights of their grants if there are any.
func admitClients(
	ctx context.Context, p *cli.Program, x *gatewayFlags, servers []gateway.Server, state *gatewayState, first *Enforcing, log *slog.Logger,
) (err error) {
	a, err := newAdmission(ctx, p, x, servers, first, log)
	if err != nil {
		return err
	}
	var grants *grant.Book
	if a != nil {
		state.clients.Store(a)
		defer func() { err = errors.Join(err, a.close()) }()
		grants = a.book
	}
	defer followChanges(ctx, first.audit, changesOf(state.pins, grants, x.Approvals), log)()
	return passMessages(ctx, p, x, servers, state, a, log)
}

// passMessages relays messages between clients and servers until the client or ctx ends. If clients
// is nil, all clients have the same rights.
func passMessages(
	ctx context.Context, p *cli.Program, x *gatewayFlags, servers []gateway.Server, state *gatewayState, clients *admission, log *slog.Logger,
) error {
	relay := func(client jsonrpc.Conn, identity map[string]any, session string) streamable.Runner {
		return x.relay(client, identity, session, servers, clients, log)
	}
	identity := map[string]any{"name": x.identity}
	if x.http.Addr != "" {
		return serveClients(ctx, p, x, streamable.Config{
			Refused: servers[0].Guard.Refused, Relay: relay, Identity: func(*http.Request) map[string]any { return identity },
			MaxSessions: x.sessions, Idle: x.idle, Log: log,
		}, state, clients)
	}
	if clients != nil {
		var err error
		if identity, err = clients.named(x.grants.name); err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
		var end context.CancelCauseFunc
		ctx, end = context.WithCancelCause(ctx)
		defer end(nil)
		go cli.Every(ctx, grantCheck, func() {
			if clients.isOver(identity) {
				end(errGrantEnded)
			}
		})
	}
	client := jsonrpc.OneHandshake(jsonrpc.Lines(p.Stdin, p.MessageOut(ctx), 0))
	if err := relay(client, identity, state.session).Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if context.Cause(ctx) == errGrantEnded {
		return errGrantEnded
	}
	return nil
}

// serveClients serves clients over HTTP until ctx ends.
func serveClients(ctx context.Context, p *cli.Program, x *gatewayFlags, s streamable.Config, state *gatewayState, clients *admission) error {
	if clients != nil {
		s.Identity = func(r *http.Request) map[string]any { return handler.AdmittedOf(r.Context()).Identity }
		s.Until = func(r *http.Request) time.Time { return handler.AdmittedOf(r.Context()).Until }
		s.Challenge = clients.challenge
	}
	h := streamable.New(s)
	defer h.Close()
	state.handler.Store(h)
	c := front.Config{Log: s.Log, Refused: h.Refused}
	if clients != nil {
		c.Authenticate = clients.authenticate
		go cli.Every(ctx, grantCheck, func() { h.EndSessions(clients.isOver) })
	}
	return flagset.ServeFront(ctx, p, &x.http, c, []string{front.DefaultPath}, func(c front.Config) (*front.Front, error) {
		if x.grants.grants != "" {
			fmt.Fprintln(p.Stderr, "spectap: a client with a grant sends the token of its grant")
		}
		if len(x.oauth.Issuers) > 0 {
			i, err := x.oauth.newTokenIssuers(x.http.Scheme()+"://"+c.Addr.String()+front.DefaultPath, s.Log)
			if err != nil {
				return nil, err
			}
			clients.issuer = i
			clients.warnUnbound(s.Log)
			c.Challenge, c.Public, c.Hosts = i.resource.Challenge("", ""), i.public(), append(c.Hosts, i.host())
			fmt.Fprintf(p.Stderr, "spectap: clients of %s sign in at %s\n", i.resource.URL, strings.Join(i.resource.Issuers, " or "))
		}
		return front.NewHandler(c, map[string]front.Handler{front.DefaultPath: h})
	})
}

// relay returns the relay for the messages of one client.
func (x *gatewayFlags) relay(
	client jsonrpc.Conn, identity map[string]any, session string, servers []gateway.Server, clients *admission, log *slog.Logger,
) streamable.Runner {
	if clients != nil {
		var err error
		if servers, err = clients.serversFor(identity); err != nil {
			return refusing{err}
		}
	}
	client = x.disclose.wrap(client)
	var runner streamable.Runner
	if x.config != "" {
		runner = merge.New(servers, identity, session, client, log)
	} else {
		runner = gateway.NewRelay(servers[0], identity, session, client, log)
	}
	return ending{runner, servers, enforce.Caller{Identity: identity, Session: session}}
}

// ending runs a session. At its end, the guards of its servers forget the session.
type ending struct {
	streamable.Runner
	servers []gateway.Server
	caller  enforce.Caller
}

func (e ending) Run(ctx context.Context) error {
	defer func() {
		for i := range e.servers {
			e.servers[i].Guard.EndSession(e.caller)
		}
	}()
	return e.Runner.Run(ctx)
}

// serveFromPins sets the servers of the book of --pins, if there is one, and prints the servers in
// the book that are not used.
func serveFromPins(p *cli.Program, path string, b *pin.Book, servers []string) error {
	if b == nil {
		return nil
	}
	unknown, others, err := b.Serve(servers)
	for _, name := range unknown {
		fmt.Fprintf(p.Stderr, "pins: %s knows %s, but not %q: nothing of it is used until it is accepted: spectap pins diff --pins %s; "+
			"to accept what it lists first, name a file of its own with --pins\n", path, strings.Trim(fmt.Sprintf("%q", others), "[]"), name,
			cli.QuoteArg(path))
	}
	return err
}

// OpenPinBook opens the file of --pins, if there is one.
func OpenPinBook(path string) (*pin.Book, error) {
	if path == "" {
		return nil, nil
	}
	return pin.OpenBook(path)
}
