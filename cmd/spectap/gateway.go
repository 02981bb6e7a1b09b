package main

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

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/merge"
	"github.com/spectap/spectap/gateway/streamable"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcptools/front"
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
  spectap gateway status                                       # of those that run`

// gatewayFlags are the flags of the gateway.
type gatewayFlags struct {
	policyFlags
	config   string
	pins     string
	grants   grantFlags
	oauth    oauthFlags
	http     httpFlags
	upstream upstreamFlags
	sessions int
	idle     time.Duration
}

func newGatewayCmd(p *program) *cobra.Command {
	var x gatewayFlags
	cmd := &cobra.Command{
		Use:     "gateway (--policy FILE (--upstream URL | -- CMD…) | --config FILE)",
		Short:   "Enforce a policy in front of any MCP server",
		Long:    gatewayLong,
		Example: gatewayExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case x.config != "" && (x.upstream.url != "" || len(args) > 0 || x.policy != ""):
				return usagef(cmd, "--config names servers and their policies: it excludes --policy, --upstream and a command")
			case x.config != "":
				return nil
			case x.upstream.url != "" && len(args) > 0:
				return usagef(cmd, "--upstream and a command exclude each other")
			case x.upstream.url == "" && (cmd.ArgsLenAtDash() != 0 || len(args) == 0):
				return noServer(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			policies := x.policyFlags
			if policies.policy = cmp.Or(x.policy, x.config); policies.policy == "" {
				err := &misuse{errors.New("--policy is missing: without a policy everything would be denied")}
				if len(args) == 0 {
					return &hint{err, "spectap policy init --help   # writes a first policy"}
				}
				return &hint{err, "spectap policy init -o policy.yaml -- " + quoteArgs(args) + "   # writes a first policy"}
			}
			if err := errors.Join(policies.check(cmd), x.grants.check(cmd, &x.http),
				x.oauth.check(cmd, &x.http), x.http.check(cmd), x.upstream.check(cmd)); err != nil {
				return err
			}
			if x.pins == "" {
				x.noPins = "the gateway has no --pins; add that, or remove it from the policy"
			}
			if x.sessions <= 0 || x.idle <= 0 {
				return usagef(cmd, "--max-sessions and --session-idle must be positive")
			}
			return p.runGateway(cmd.Context(), &x, args)
		},
	}
	x.registerPolicy(cmd)
	x.policyFlags.register(cmd)
	x.registerAudit(cmd)
	f := cmd.Flags()
	f.StringVar(&x.config, "config", "", "a `file` that lists several servers, each with a prefix and a policy")
	f.StringVar(&x.pins, "pins", "", "pin definitions in this `file`, and refuse new and changed ones until spectap pins accepts them")
	f.IntVar(&x.sessions, "max-sessions", streamable.DefaultMaxSessions, "with --http: the `number` of sessions, each with a connection to the server")
	timeVar(f, &x.idle, "session-idle", streamable.DefaultIdle, "with --http: end a session after this `time` without a request")
	x.grants.register(cmd)
	x.oauth.register(cmd)
	x.http.register(cmd)
	x.http.registerMetrics(cmd)
	x.upstream.register(cmd)
	cmd.AddCommand(endsAtOnce(newGatewayStatusCmd(p)))
	return cmd
}

func (p *program) runGateway(ctx context.Context, x *gatewayFlags, command []string) (err error) {
	log, err := p.logger()
	if err != nil {
		return err
	}
	backends, err := p.backends(x, command)
	if err = errors.Join(err, x.openApprovals(p.stderr)); err != nil {
		return err
	}
	x.warnExposed(backends, log)
	pins, err := openPinBook(x.pins)
	if err != nil {
		return err
	}
	end, err := p.openChannels(ctx, &x.channels, x.approvals, log)
	if err != nil {
		return err
	}
	defer end()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var first *enforcing
	state := newGatewayState(x, pins)
	servers := make([]gateway.Server, len(backends))
	for i := range backends {
		b := &backends[i]
		var dial jsonrpc.Dial
		if dial, err = p.backendDial(b, log); err != nil {
			return err
		}
		flags := x.flagsOf(b, state)
		var e *enforcing
		if e, err = p.enforceBeside(ctx, &flags, first, b.name); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, e.close()) }()
		if first == nil {
			first = e
		}
		go e.reload(ctx, log, nil)
		servers[i] = gateway.Server{
			Name: b.name, Prefix: b.prefix, Resources: b.resources, Guard: e.guard, Dial: dial, Pins: pins, Health: state.add(b.name, e),
			Outputs: new(gateway.Outputs),
		}
	}
	state.session = first.session
	defer state.serve(log)()
	endMetrics, err := p.serveMetrics(ctx, &x.http, state.page, log)
	if err != nil {
		return err
	}
	defer endMetrics()
	return p.admitClients(ctx, x, servers, state, first, log)
}

// admitClients serves clients, with the rights of their grants if there are any.
func (p *program) admitClients(
	ctx context.Context, x *gatewayFlags, servers []gateway.Server, state *gatewayState, first *enforcing, log *slog.Logger,
) (err error) {
	a, err := p.newAdmission(ctx, x, servers, first, log)
	if err != nil {
		return err
	}
	var grants *grant.Book
	if a != nil {
		state.clients.Store(a)
		defer func() { err = errors.Join(err, a.close()) }()
		grants = a.book
	}
	defer followChanges(ctx, first.audit, changesOf(state.pins, grants, x.approvals), log)()
	return p.passMessages(ctx, x, servers, state, a, log)
}

// passMessages passes messages between clients and servers until the client ends or ctx does. Every
// client has the same rights unless clients is there.
func (p *program) passMessages(
	ctx context.Context, x *gatewayFlags, servers []gateway.Server, state *gatewayState, clients *admission, log *slog.Logger,
) error {
	relay := func(client jsonrpc.Conn, identity map[string]any, session string) streamable.Runner {
		return x.relay(client, identity, session, servers, clients, log)
	}
	identity := map[string]any{"name": x.identity}
	if x.http.addr != "" {
		return p.serveClients(ctx, x, streamable.Config{
			Guard: servers[0].Guard, Relay: relay, Identity: func(*http.Request) map[string]any { return identity },
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
		go every(ctx, grantCheck, func() {
			if clients.isOver(identity) {
				end(errGrantEnded)
			}
		})
	}
	client := jsonrpc.Lines(p.stdin, p.messageOut(ctx), 0)
	if err := relay(client, identity, state.session).Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if context.Cause(ctx) == errGrantEnded {
		return errGrantEnded
	}
	return nil
}

// serveClients serves clients over HTTP until ctx ends.
func (p *program) serveClients(ctx context.Context, x *gatewayFlags, s streamable.Config, state *gatewayState, clients *admission) error {
	if clients != nil {
		s.Identity = func(r *http.Request) map[string]any { return front.AdmittedOf(r.Context()).Identity }
		s.Until = func(r *http.Request) time.Time { return front.AdmittedOf(r.Context()).Until }
		s.Challenge = clients.challenge
	}
	h := streamable.New(s)
	defer h.Close()
	state.handler.Store(h)
	c := front.Config{Log: s.Log, Refused: h.Refused}
	if clients != nil {
		c.Authenticate = clients.authenticate
		go every(ctx, grantCheck, func() { h.EndSessions(clients.isOver) })
	}
	return p.serveFront(ctx, &x.http, c, []string{front.DefaultPath}, func(c front.Config) (*front.Front, error) {
		if x.grants.grants != "" {
			fmt.Fprintln(p.stderr, "spectap: a client with a grant sends the token of its grant")
		}
		if len(x.oauth.issuers) > 0 {
			i, err := x.oauth.newTokenIssuers(x.http.scheme()+"://"+c.Addr.String()+front.DefaultPath, s.Log)
			if err != nil {
				return nil, err
			}
			clients.issuer = i
			clients.warnUnbound(s.Log)
			c.Challenge, c.Public, c.Hosts = i.resource.Challenge("", ""), i.public(), append(c.Hosts, i.host())
			fmt.Fprintf(p.stderr, "spectap: clients of %s sign in at %s\n", i.resource.URL, strings.Join(i.resource.Issuers, " or "))
		}
		return front.NewHandler(c, map[string]front.Handler{front.DefaultPath: counting{h, p.narrow(ctx)}})
	})
}

// relay returns what passes the messages of one client.
func (x *gatewayFlags) relay(
	client jsonrpc.Conn, identity map[string]any, session string, servers []gateway.Server, clients *admission, log *slog.Logger,
) streamable.Runner {
	if clients != nil {
		var err error
		if servers, err = clients.serversFor(identity); err != nil {
			return refusing{err}
		}
	}
	var runner streamable.Runner
	if x.config != "" {
		runner = merge.New(servers, identity, session, client, log)
	} else {
		runner = gateway.NewRelay(servers[0], identity, session, client, log)
	}
	return ending{runner, servers, enforce.Caller{Identity: identity, Session: session}}
}

// ending runs a session, and lets the guards of its servers forget it at its end.
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

// openPinBook opens the file of --pins, if there is one.
func openPinBook(path string) (*pin.Book, error) {
	if path == "" {
		return nil, nil
	}
	return pin.OpenBook(path)
}
