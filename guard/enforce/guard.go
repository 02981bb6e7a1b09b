package enforce

import (
	"cmp"
	"crypto/rand"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/guard/session"
)

// Guard decides on messages and writes the audit. It is safe for concurrent use, and serves any
// number of clients.
type Guard struct {
	policy *atomic.Pointer[policy.Policy]
	c      Config
	tools  []string // patterns of the tools that may be called, in addition to the policy; nil for all
	ended  func() error
	held   *approval.Book // of calls that need a confirmation
	// process is a random name of this process: a confirmation is for one process, whoever reads
	// the book.
	process string
}

// Config configures a guard.
type Config struct {
	// Limits counts the charges of calls. Nil means counters in memory.
	Limits *limit.Ledger
	// Sessions remembers the taints and successes of earlier calls. The guards of several servers
	// that one client uses share it. Nil means a new book in memory.
	Sessions *session.Book
	// Audit receives each decision before it takes effect. Nil means no audit.
	Audit *audit.Log
	// Shadow forwards messages that only the policy denies, and changes no list and no result. The
	// audit has the decisions that would have been enforced. Messages that cannot be judged are
	// still refused.
	Shadow bool
	// Values adds redacted values of arguments to the audit.
	Values bool
	// Redactor redacts values and results. Required.
	Redactor *redact.Redactor
	// Approvals holds calls that need a person's approval. Nil means that they are denied; then
	// calls that need a confirmation are held in memory.
	Approvals *approval.Book
	// Confirm decides which calls need a confirmation; the zero value leaves that to the server:
	// see [Guard.Confirming]. Require, unless nil, decides which of them need an approval instead.
	Confirm guard.Policy
	Require *guard.Policy
	// HoldWrites requires an approval for allowed calls of tools that may write, if the policy does
	// not say whether they need one. It needs Approvals.
	HoldWrites bool
	// Observe, unless nil, is called with each decision and outcome, and its verdict; nil for a
	// malformed message. It is called from many goroutines, and must neither block nor keep the
	// verdict.
	Observe func(Event, *Verdict)
	// Wait is how long a call waits for its approval before it is answered as pending; zero means
	// [DefaultWait].
	Wait time.Duration
	// Server is the name of the server in approvals. It distinguishes the tools of several servers.
	Server string
	// Secrets are credentials that belong to the server itself, such as those in its URL. Approvals
	// are bound to them.
	Secrets []guard.Secret
	// Name is the name of the server, if several write to one audit. The audit and approvals
	// contain it.
	Name string
	// Now returns the time. Nil means time.Now.
	Now func() time.Time
}

// New returns a guard that enforces p; nil allows all that Config does not hold.
func New(p *policy.Policy, c Config) *Guard {
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Limits, c.Sessions, c.Wait = cmp.Or(c.Limits, new(limit.Ledger)), cmp.Or(c.Sessions, session.NewBook()), cmp.Or(c.Wait, DefaultWait)
	g := &Guard{policy: new(atomic.Pointer[policy.Policy]), c: c, held: cmp.Or(c.Approvals, approval.New()), process: rand.Text()}
	g.policy.Store(cmp.Or(p, policy.AllowAll()))
	return g
}

// Only returns a guard for a caller that may call only tools whose names match one of the patterns,
// or any tool without patterns. It shares the policy, the limits and the audit. ended, unless nil,
// is called when a call that has waited for a person is about to be sent. It returns the reason why
// the caller may no longer call anything, if so.
func (g *Guard) Only(patterns []string, ended func() error) *Guard {
	return &Guard{policy: g.policy, c: g.c, tools: patterns, ended: ended, held: g.held, process: g.process}
}

// Named returns a guard for one of several servers that share a policy, the limits and the audit.
// name is the server's name in the audit and approvals.
func (g *Guard) Named(name string) *Guard {
	c := g.c
	c.Name, c.Server = name, name
	return &Guard{policy: g.policy, c: c, tools: g.tools, ended: g.ended, held: g.held, process: g.process}
}

// isGranted reports whether the caller may call a tool at all.
func (g *Guard) isGranted(tool string) bool {
	return len(g.tools) == 0 || slices.ContainsFunc(g.tools, func(p string) bool { return policy.MatchName(p, tool) })
}

// Confirming returns a guard with the confirmations that a server demands, unless g has its own.
func (g *Guard) Confirming(p guard.Policy) *Guard {
	if !reflect.ValueOf(g.c.Confirm).IsZero() {
		return g
	}
	own := *g
	own.c.Confirm = p
	return &own
}

// Policy returns the policy in force.
func (g *Guard) Policy() *policy.Policy { return g.policy.Load() }

// HasPolicy reports whether there are rules on names and arguments.
func (g *Guard) HasPolicy() bool { return !g.Policy().AllowsAll() || len(g.tools) > 0 }

// NeedsArguments reports whether decisions or their records depend on the arguments of calls.
func (g *Guard) NeedsArguments() bool { return g.HasPolicy() || g.Audits() || g.c.Approvals != nil }

// NeedsApproval reports whether a call may need a person's approval.
func (g *Guard) NeedsApproval() bool { return g.c.HoldWrites || g.Policy().NeedsApproval() }

// HoldsWrite reports whether calls of a tool, if it may write, wait for a person because the policy
// does not say whether they need an approval.
func (g *Guard) HoldsWrite(name string) bool {
	p := g.Policy()
	return g.c.HoldWrites && g.Lists(policy.Tool, name) && !p.Settles(name)
}

// Audits reports whether decisions are written to an audit.
func (g *Guard) Audits() bool { return g.c.Audit != nil }

// AuditsValues reports whether the audit has the parameters of messages.
func (g *Guard) AuditsValues() bool { return g.Audits() && g.c.Values }

// SetPolicy replaces the policy for all later messages. After an error the old policy stays in
// force.
func (g *Guard) SetPolicy(p *policy.Policy) error {
	if _, err := g.append(audit.Record{Event: audit.EventPolicy, Policy: p.Version()}); err != nil {
		return err
	}
	former := g.policy.Swap(p).Version()
	if g.c.Approvals != nil && former != p.Version() {
		_ = g.c.Approvals.Void(former, g.c.Now()) // otherwise a decision is refused when it is to be used
	}
	return nil
}

// AllowsText reports whether a message that passes under every policy may carry more text than the
// protocol needs: if the policy allows its method by name, or allows the server's logging.
func (g *Guard) AllowsText(direction, method string) bool {
	p := g.Policy()
	return g.c.Shadow || direction == ToClient && p.Upstream(policy.Logging).Allowed ||
		p.Decide(&policy.Call{Kind: policy.Method, Name: method, Time: g.c.Now()}).Allowed
}

// IsShadow reports whether decisions are written but not enforced.
func (g *Guard) IsShadow() bool { return g.c.Shadow }

// Lists reports whether lists show a name, or a URI.
func (g *Guard) Lists(k policy.Kind, name string) bool {
	if k == policy.Tool && !g.isGranted(name) {
		return false
	}
	return g.c.Shadow || g.Policy().Lists(k, name)
}

// ListsTemplate reports whether lists show a template of resources.
func (g *Guard) ListsTemplate(template string) bool {
	return g.c.Shadow || g.Policy().ListsTemplate(template)
}

func (g *Guard) append(r audit.Record) (uint64, error) {
	if g.c.Audit == nil {
		return 0, nil
	}
	r.Time, r.Server = g.c.Now(), g.c.Name
	return g.c.Audit.Append(r)
}
