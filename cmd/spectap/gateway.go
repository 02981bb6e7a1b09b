package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/guard/enforce"
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
	policyFlags
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
			if err := errors.Join(x.policyFlags.check(cmd), x.http.check(cmd), x.upstream.check(cmd)); err != nil {
				return err
			}
			if x.sessions <= 0 || x.idle <= 0 {
				return usagef(cmd, "--max-sessions and --session-idle must be positive")
			}
			return p.runGateway(cmd.Context(), &x, args)
		},
	}
	x.policyFlags.register(cmd)
	x.registerAudit(cmd)
	f := cmd.Flags()
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
	dial, err := p.gatewayDial(x, command, log)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e, err := p.enforcePolicy(ctx, &x.policyFlags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	go e.reload(ctx, log, nil)
	identity := map[string]any{"name": x.identity}
	if x.http.addr != "" {
		return p.gatewayHTTP(ctx, x, e.guard, dial, identity, log)
	}
	client := gateway.Lines(p.stdin, p.exactOut(), 0)
	relay := gateway.NewRelay(e.guard, identity, e.session, client, dial, log)
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
