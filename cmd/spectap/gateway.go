package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/limit"
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
  SPECTAP_UPSTREAM_TOKEN=… spectap gateway --policy policy.yaml --upstream https://mcp.example.com/mcp`

// gatewayFlags are the flags of the gateway.
type gatewayFlags struct {
	policy, audit, state, identity string
	values, shadow                 bool

	http     httpFlags
	upstream upstreamFlags
	sessions int
	idle     time.Duration
}

func newGatewayCmd(p *program) *cobra.Command {
	var x gatewayFlags
	cmd := &cobra.Command{
		Use:     "gateway --policy FILE (--upstream URL | -- CMD…)",
		Short:   "Enforce a policy in front of any MCP server",
		Long:    gatewayLong,
		Example: gatewayExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case x.upstream.url != "" && len(args) > 0:
				return usagef(cmd, "--upstream and a command exclude each other")
			case x.upstream.url == "" && (cmd.ArgsLenAtDash() != 0 || len(args) == 0):
				return usagef(cmd, "%s takes the command of an MCP server after --, or --upstream URL", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if x.policy == "" {
				return usagef(cmd, "--policy is missing: without a policy everything would be denied")
			}
			if x.values && x.audit == "" {
				return usagef(cmd, "--audit-values needs --audit")
			}
			if err := errors.Join(x.http.check(cmd), x.upstream.check(cmd)); err != nil {
				return err
			}
			if x.sessions <= 0 || x.idle <= 0 {
				return usagef(cmd, "--max-sessions and --session-idle must be positive")
			}
			return p.runGateway(cmd.Context(), &x, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&x.policy, "policy", "", "the `file` of the policy (required)")
	f.StringVar(&x.audit, "audit", "", "append decisions to this `file`, a chain of hashes")
	f.BoolVar(&x.values, "audit-values", false, "write arguments to the audit, without the secrets that redaction finds")
	f.StringVar(&x.state, "state", "", "keep the counters of limits in this `file` (default: in memory)")
	f.StringVar(&x.identity, "identity", "local", "`name` of the client in the policy and the audit")
	f.BoolVar(&x.shadow, "shadow", false, "decide and write the audit, but let through what the policy denies")
	f.IntVar(&x.sessions, "max-sessions", gateway.DefaultMaxSessions, "with --http: the `number` of sessions, each with a connection to the server")
	f.DurationVar(&x.idle, "session-idle", gateway.DefaultIdle, "with --http: end a session after this `time` without a request")
	x.http.register(cmd)
	x.upstream.register(cmd)
	return cmd
}

func (p *program) runGateway(ctx context.Context, x *gatewayFlags, command []string) (err error) {
	log, err := p.logger()
	if err != nil {
		return err
	}
	pol, err := p.loadPolicy(ctx, x.policy)
	if err != nil {
		return err
	}
	dial, err := p.gatewayDial(x, command, log)
	if err != nil {
		return err
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails
	c := enforce.Config{Limits: new(limit.Ledger), Shadow: x.shadow, Values: x.values, Redactor: redact.New(key, redact.Config{})}
	if x.state != "" {
		if c.Limits, err = limit.OpenLedger(x.state, time.Now()); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Limits.Close()) }()
	}
	session := rand.Text()
	if x.audit != "" {
		if c.Audit, err = audit.Open(x.audit, 0); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.Audit.Close()) }()
		if _, err := c.Audit.Append(audit.Record{Event: audit.EventStart, Session: session, Policy: pol.Version(), Shadow: x.shadow}); err != nil {
			return err
		}
		defer c.Audit.Append(audit.Record{Event: audit.EventStop, Session: session}) // an audit may end without it
	}
	if x.shadow {
		fmt.Fprintln(p.stderr, "shadow: the policy is not enforced; the audit says what it would deny")
	}
	g := enforce.New(pol, c)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go p.reloadPolicy(ctx, x.policy, g, log)
	identity := map[string]any{"name": x.identity}
	if x.http.addr != "" {
		return p.gatewayHTTP(ctx, x, g, dial, identity, log)
	}
	client := gateway.Lines(p.stdin, p.exactOut(), 0)
	relay := gateway.NewRelay(g, identity, session, client, dial, log)
	if err := relay.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("gateway: %w", err)
	}
	return nil
}

// gatewayHTTP serves clients over HTTP.
func (p *program) gatewayHTTP(
	ctx context.Context, x *gatewayFlags, g *enforce.Guard, dial gateway.Dial, identity map[string]any, log *slog.Logger,
) error {
	h := gateway.NewHandler(gateway.HandlerConfig{
		Guard: g, Dial: dial, Identity: func(*http.Request) map[string]any { return identity },
		MaxSessions: x.sessions, Idle: x.idle, Log: log,
	})
	defer h.Close()
	c := front.Config{Log: log, Refused: h.Refused}
	return p.serveFront(ctx, &x.http, c, []string{front.DefaultPath}, func(c front.Config) (*front.Front, error) {
		return front.NewHandler(c, map[string]front.Handler{front.DefaultPath: h})
	})
}

// reloadPolicy puts a policy in force when its file changes.
func (p *program) reloadPolicy(ctx context.Context, path string, g *enforce.Guard, log *slog.Logger) {
	last := fileStateOf(path)
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := fileStateOf(path)
		if now == last || now == (fileState{}) {
			continue
		}
		last = now
		pol, err := p.loadPolicy(ctx, path)
		if err == nil && pol.Version() == g.Policy().Version() {
			continue
		}
		if err == nil {
			err = g.SetPolicy(pol)
		}
		if err != nil {
			log.Warn("the changed policy is not in force; the old one stays", "error", err)
			continue
		}
		fmt.Fprintf(p.stderr, "%s: the changed policy is in force\n", path)
	}
}
