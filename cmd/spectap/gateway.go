package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/limit"
)

const gatewayLong = `Starts an MCP server as a child process and passes messages between it and the client on stdin and
stdout. The policy decides what passes: everything that it does not allow is refused. Each decision
is written to the audit before it takes effect. A changed policy is loaded again; if it has errors,
the old one stays in force. docs/policy.md describes policies, docs/gateway.md the rest.`

const gatewayExample = `  spectap gateway --policy policy.yaml -- npx some-mcp-server
  spectap gateway --policy policy.yaml --audit audit.jsonl --state limits.json -- ./server
  spectap gateway --policy policy.yaml --audit audit.jsonl --shadow -- ./server    # decide, but let all through`

// gatewayFlags are the flags of the gateway.
type gatewayFlags struct {
	policy, audit, state, identity string
	values, shadow                 bool
}

func newGatewayCmd(p *program) *cobra.Command {
	var x gatewayFlags
	cmd := &cobra.Command{
		Use:     "gateway --policy FILE -- CMD…",
		Short:   "Enforce a policy in front of any MCP server",
		Long:    gatewayLong,
		Example: gatewayExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.ArgsLenAtDash() != 0 || len(args) == 0 {
				return usagef(cmd, "%s takes the command of an MCP server after --", cmd.CommandPath())
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
	client := gateway.Lines(p.stdin, p.exactOut(), 0)
	relay := gateway.NewRelay(g, map[string]any{"name": x.identity}, session, client, gateway.Child(command, p.stderr, 0), log)
	if err := relay.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("gateway: %w", err)
	}
	return nil
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
