package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/guard/policy/ready"
	"github.com/spectap/spectap/guard/session"
	"github.com/spectap/spectap/mcptools/enforcement"
)

// policyFlags are the flags of commands that enforce a policy.
type policyFlags struct {
	auditFlags
	policy, state, identity string
	shadow                  bool
	held                    string // the file of approvals
	heldKey                 string // the file of the key that approvals need, "" for none
	wait                    time.Duration

	approvals *approval.Book // nil if no calls are held
	pins      *pin.Book      // whose changes the audit has, nil if none
	channels  channelFlags

	name string            // of the server, if several write to one audit
	own  map[string]string // the policies of mounts that have their own

	demand  bool   // without a policy: all is allowed, but approvals are required otherwise
	server  string // what the policy protects, in approvals
	taints  string // the file of taints, that of state unless several policies share one
	observe func(enforce.Event)
	noPins  string // why a policy must not have pins, "" if it may
}

// ownNoPins says why policies of the program's own tools have no pins.
const ownNoPins = "the program pins no definitions of its own tools; remove it"

func (f *policyFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	f.auditFlags.register(cmd)
	fl.StringVar(&f.state, "state", "", "keep the counters of the policy's limits, and taints, in this `file` and FILE.taints (default: in memory)")
	fl.StringVar(&f.identity, "identity", "local", "`name` of the client in the policy and the audit")
	fl.StringVar(&f.held, "approvals", "", "hold calls that need a person's approval in this `file`, which spectap approvals decides on")
	fl.StringVar(&f.heldKey, "approval-key", "", "with --approvals: approvals count only if they are made with the key in this `file`")
	timeVar(fl, &f.wait, "approval-wait", enforce.DefaultWait,
		"with --approvals: answer a call as pending that waits longer than this `time`; less than the time-out of the client")
	f.channels.register(cmd)
	fl.BoolVar(&f.shadow, "shadow", false, "decide and write the audit, but let through what the policy denies")
}

func (f *policyFlags) registerPolicy(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.policy, "policy", "", policyHelp())
}

// policyHelp describes --policy.
func policyHelp() string {
	return "the `file` of the policy for clients, which is loaded again when it changes, or builtin:NAME (" + strings.Join(ready.Names(), ", ") + ")"
}

// hasPolicy reports whether there is a policy, for all servers or for one of them.
func (f *policyFlags) hasPolicy() bool { return f.policy != "" || len(f.own) > 0 }

// isEnforced reports whether calls are judged.
func (f *policyFlags) isEnforced() bool { return f.hasPolicy() || f.demand }

// check refuses flags that have no effect.
func (f *policyFlags) check(cmd *cobra.Command) error {
	if !f.hasPolicy() {
		need := []string{"state", "shadow", "identity", "audit-values", "approvals"}
		if f.demand {
			need = need[:2]
		}
		for _, name := range need {
			if cmd.Flags().Changed(name) {
				return usagef(cmd, "--%s needs --policy", name)
			}
		}
	}
	if f.heldKey != "" && f.held == "" {
		return usagef(cmd, "--approval-key needs --approvals")
	}
	if cmd.Flags().Changed("approval-wait") && (f.held == "" || f.wait <= 0) {
		return usagef(cmd, "--approval-wait needs --approvals, and a time above zero")
	}
	return errors.Join(f.auditFlags.check(cmd), f.channels.check(cmd, f.held))
}

// oneServer is the name of a server that has none, because it is the only one.
const oneServer = "upstream"

// enforcing is a policy in force.
type enforcing struct {
	p       *program
	path    string
	name    string                                        // of the server, if there are several
	load    func(context.Context) (*policy.Policy, error) // reads the policy as at the start
	last    fileState                                     // of the policy that was loaded, or tried, last
	guard   *enforce.Guard
	session string // of this process, in the audit
	audit   *audit.Log
	closers []func() error
	limits  *limit.Ledger
	// sessions is what earlier calls did, also at other servers that the same clients reach.
	sessions *session.Book

	mu       sync.Mutex
	rejected rejection
}

// rejection says why the newest version of a policy is not in force.
type rejection struct {
	Error string    `json:"error"`
	Since time.Time `json:"since"`
}

// reject notes why the newest version of the policy is not in force, nil if it is.
func (e *enforcing) reject(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rejected = rejection{}
	if err != nil {
		e.rejected = rejection{err.Error(), time.Now()}
	}
}

// rejection returns why the newest version of the policy is not in force. It is zero if it is.
func (e *enforcing) rejection() rejection {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rejected
}

// close releases the files.
func (e *enforcing) close() error {
	var err error
	for i := len(e.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, e.closers[i]())
	}
	return err
}

// enforcePolicy puts a policy in force, and writes what people say of held calls to its audit. The
// result is closed by the caller.
func (p *program) enforcePolicy(ctx context.Context, f *policyFlags) (*enforcing, error) {
	log, err := p.logger()
	if err != nil {
		return nil, err
	}
	e, err := p.enforceBeside(ctx, f, nil, "")
	if err != nil {
		return nil, err
	}
	stop := followChanges(ctx, e.audit, changesOf(f.pins, nil, f.approvals), log)
	e.closers = append(e.closers, func() error { stop(); return nil })
	return e, nil
}

// enforceBeside puts the policy of a server of several in force. It shares the audit of first,
// unless that is nil, and is closed before it.
func (p *program) enforceBeside(ctx context.Context, f *policyFlags, first *enforcing, server string) (_ *enforcing, err error) {
	e := &enforcing{p: p, path: f.policy, name: f.name, session: rand.Text(), last: fileStateOf(f.policy)} // before reading it, so that no change is missed
	read := *f
	e.load = func(ctx context.Context) (*policy.Policy, error) { return read.load(ctx, p) }
	if first != nil {
		e.session = first.session + "/" + server
	}
	pol, err := p.policyOf(ctx, f)
	if err = errors.Join(err, f.openApprovals(p.stderr)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	c := enforce.Config{Limits: new(limit.Ledger), Shadow: f.shadow, Values: f.values, Redactor: newRedactor()}
	c.Approvals, c.Wait, c.Server, c.Observe = f.approvals, f.wait, cmp.Or(f.server, oneServer), f.observe
	c.Name = f.name
	if f.state != "" {
		if c.Limits, err = limit.OpenLedger(f.state, time.Now()); err != nil {
			return nil, err
		}
		e.closers = append(e.closers, c.Limits.Close)
	}
	switch {
	case first != nil:
		e.sessions = first.sessions
	case f.state != "":
		if e.sessions, err = session.Open(cmp.Or(f.taints, f.state+".taints")); err != nil {
			return nil, err
		}
	default:
		e.sessions = session.NewBook()
	}
	c.Sessions = e.sessions
	if f.audit != "" {
		if first != nil {
			c.Audit = first.audit
		} else if c.Audit, err = p.openAuditLog(ctx, &f.auditFlags); err != nil {
			return nil, err
		} else {
			e.closers = append(e.closers, c.Audit.Close)
		}
		e.audit = c.Audit
		start := audit.Record{Event: audit.EventStart, Session: e.session, Server: f.name, Policy: pol.Version(), Shadow: f.shadow}
		if _, err := c.Audit.Append(start); err != nil {
			return nil, err
		}
		e.closers = append(e.closers, func() error {
			_, _ = c.Audit.Append(audit.Record{Event: audit.EventStop, Session: e.session, Server: f.name}) // an audit may end without it
			return nil
		})
	}
	if f.shadow && first == nil {
		p.warnShadow()
	}
	e.guard, e.limits = enforce.New(pol, c), c.Limits
	return e, nil
}

func (p *program) warnShadow() {
	fmt.Fprintln(p.stderr, "shadow: the policy is not enforced; the audit says what it would deny")
}

// openApprovals opens the file of --approvals, if there is one. Several policies share it.
func (f *policyFlags) openApprovals(notes io.Writer) (err error) {
	if f.held == "" || f.approvals != nil {
		return nil
	}
	key, err := readApprovalKey(f.heldKey)
	if err != nil {
		return err
	}
	if f.approvals, err = approval.OpenWithKey(f.held, key, true); err == nil && key == nil {
		fmt.Fprintln(notes, "approvals: whoever runs as this user can decide on held calls, an agent with a shell too; --approval-key FILE demands a key")
	}
	return err
}

// policyOf returns the policy of the flags.
func (p *program) policyOf(ctx context.Context, f *policyFlags) (*policy.Policy, error) {
	if f.policy == "" && f.demand {
		return policy.Load(ctx, "--require-approval", []byte("version: 1\ndefault: allow\n"))
	}
	return f.load(ctx, p)
}

// load reads the file of the policy.
func (f *policyFlags) load(ctx context.Context, p *program) (*policy.Policy, error) {
	if f.noPins == "" {
		return p.loadPolicy(ctx, f.policy)
	}
	return p.loadPolicy(ctx, f.policy, policy.NoPins(f.noPins))
}

// newRedactor returns a redactor whose placeholders no other process makes.
func newRedactor() *redact.Redactor {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return redact.New(key, redact.Config{})
}

// point returns where the servers of this program enforce a policy.
func (f *policyFlags) point(g *enforce.Guard) *enforcement.Point {
	return enforcement.New(g, map[string]any{"name": f.identity})
}

// reload replaces the policy when its file changes, until ctx ends. changed, unless nil, is called
// then.
func (e *enforcing) reload(ctx context.Context, log *slog.Logger, changed func()) {
	every(ctx, watchInterval, func() {
		now := fileStateOf(e.path)
		if now == e.last || now == (fileState{}) {
			return
		}
		e.last = now
		pol, err := e.load(ctx)
		same := err == nil && pol.Version() == e.guard.Policy().Version()
		if err == nil && !same {
			err = e.guard.SetPolicy(pol)
		}
		e.reject(err)
		switch {
		case same:
			return
		case err != nil:
			log.Warn("the changed policy is not in force; the old one stays", "error", err)
			return
		}
		of := ""
		if e.name != "" {
			of = " of " + e.name
		}
		fmt.Fprintf(e.p.stderr, "%s: the changed policy%s is in force\n", e.path, of)
		if changed != nil {
			changed()
		}
	})
}

// every calls f at intervals until ctx ends.
func every(ctx context.Context, interval time.Duration, f func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f()
		}
	}
}

// toolsChanged tells the clients of servers that the policy may show other tools now.
func toolsChanged(servers map[string]*server.MCPServer) func() {
	return func() {
		for _, s := range servers {
			s.SendNotificationToAllClients(mcp.MethodNotificationToolsListChanged, nil)
		}
	}
}
