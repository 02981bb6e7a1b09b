package gateway

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/egress/otlp"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/guard/session"
	"github.com/spectap/spectap/mcp/front"
)

// PolicyFlags are the flags of commands that enforce a policy.
type PolicyFlags struct {
	AuditFlags
	Policy, State, identity string
	shadow                  bool
	Held                    string // the file of approvals
	heldKey                 string // the file of the key that approvals need, "" for none
	wait                    time.Duration

	Approvals *approval.Book // nil if no calls are held
	holds     bool           // with approvals: also hold calls of tools that write, if the policy has no rule for them
	Pins      *pin.Book      // the audit records their changes; nil if there are no pins
	Channels  ChannelFlags

	Name string // of the server, if several write to one audit

	Demand  bool          // approvals are demanded by other means than a policy
	Require *guard.Policy // which calls need an approval instead of a confirmation, or nil
	Server  string        // the protected server, as approvals name it
	secrets []guard.Secret
	Taints  string                                // the file of taints; the state file unless several policies share the taints
	observe func(enforce.Event, *enforce.Verdict) // for metrics, or nil
	traces  *otlp.Tracer                          // or nil
	NoPins  string                                // the reason why a policy must not have pins, or ""
}

// OwnNoPins is the reason why policies of the program's own tools have no pins.
const OwnNoPins = "the program pins no definitions of its own tools; remove it"

// Register adds the flags that all servers with a policy have.
func (f *PolicyFlags) Register(cmd *cobra.Command) {
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadPolicy, "approvals")()
	f.AuditFlags.register(cmd)
	fl.StringVar(&f.State, "state", "", "keep the counters of the policy's limits, and taints, in this `file` and FILE.taints (default: in memory)")
	fl.StringVar(&f.identity, "identity", anyClient, "`name` of the client in the policy and the audit")
	fl.StringVar(&f.Held, "approvals", "", "hold calls that need a person's approval in this `file`, which spectap approvals decides on")
	fl.StringVar(&f.heldKey, "approval-key", "", "with --approvals: approvals count only if they are made with the key in this `file`")
	flagset.TimeVar(fl, &f.wait, "approval-wait", enforce.DefaultWait,
		"with --approvals: answer a call as pending that waits longer than this `time`; less than the time-out of the client")
	f.Channels.register(cmd)
	fl.BoolVar(&f.shadow, "shadow", false, "decide and write the audit, but let through what the policy denies")
}

// Identity is that of the client in the policy.
func (f *PolicyFlags) Identity() map[string]any { return map[string]any{"name": f.identity} }

// Files returns the files of held calls, of the key that approvals need, and of the audit, or "".
func (f *PolicyFlags) Files() (held, key, audit string) { return f.Held, f.heldKey, ofProcess(f.Audit) }

// RegisterPolicy adds --policy.
func (f *PolicyFlags) RegisterPolicy(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Policy, "policy", "", PolicyHelp())
}

// PolicyHelp describes --policy.
func PolicyHelp() string {
	return "the `file` of the policy for clients, which is loaded again when it changes, or builtin:NAME (" + strings.Join(policy.ReadyNames(), ", ") + ")"
}

// IsEnforced reports whether calls are judged.
func (f *PolicyFlags) IsEnforced() bool { return f.Policy != "" || f.Demand }

// Check returns an error for a flag that has no effect.
func (f *PolicyFlags) Check(cmd *cobra.Command) error {
	rules := []flagset.Rule{flagset.Need("approval-key approval-wait", "approvals", "")}
	switch {
	case f.Policy != "":
	case f.Demand:
		rules = append(rules, flagset.Need("state shadow", "policy", ""))
	default:
		rules = append(rules, flagset.Need("state shadow identity audit-values approvals", "policy", ""))
	}
	if err := flagset.Check(cmd, rules...); err != nil {
		return err
	}
	if f.wait <= 0 {
		return cli.Usagef(cmd, "--approval-wait must be a time above zero")
	}
	return errors.Join(f.AuditFlags.check(cmd), f.Channels.check(cmd, f.Held))
}

// oneServer is the label of an only server, which has no label of its own. OwnTools is the name of
// the program's own tools.
const (
	oneServer = "upstream"
	OwnTools  = "spectap"
)

// Enforcing is a policy in force.
type Enforcing struct {
	p       *cli.Program
	path    string
	Name    string                                        // of the server, if there are several
	load    func(context.Context) (*policy.Policy, error) // reads the policy as at the start
	last    cli.FileState                                 // of the policy file at the last attempt to load it
	Guard   *enforce.Guard
	inForce func(version string) error // notes it in the file of held calls; nil without one
	closers []func() error
	limits  *limit.Ledger
	shared

	mu       sync.Mutex
	rejected rejection
}

// shared is the state that the policies of several servers share.
type shared struct {
	session  string        // of this process and server, in the audit
	audit    *audit.Log    // or nil if there is none
	sessions *session.Book // effects of earlier calls at all servers of the same clients
}

// rejection is the reason why the newest version of a policy is not in force.
type rejection struct {
	Error string    `json:"error"`
	Since time.Time `json:"since"`
}

// reject records the reason why the newest version of the policy is not in force. A nil error means
// that it is.
func (e *Enforcing) reject(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rejected = rejection{}
	if err != nil {
		e.rejected = rejection{err.Error(), time.Now()}
	}
}

// rejection returns the reason why the newest version of the policy is not in force, or the zero
// value if it is.
func (e *Enforcing) rejection() rejection {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rejected
}

// Close releases the files.
func (e *Enforcing) Close() error {
	var err error
	for _, end := range slices.Backward(e.closers) {
		err = errors.Join(err, end())
	}
	return err
}

// EnforcePolicy puts a policy in force, and writes the decisions of people on held calls to its
// audit. The caller closes the result.
func EnforcePolicy(ctx context.Context, p *cli.Program, f *PolicyFlags) (*Enforcing, error) {
	log, err := p.Logger()
	if err != nil {
		return nil, err
	}
	e, err := enforceBeside(ctx, p, f, nil, "")
	if err != nil {
		return nil, err
	}
	stop := followChanges(ctx, e.audit, changesOf(f.Pins, nil, f.Approvals), log)
	e.closers = append(e.closers, func() error { stop(); return nil })
	return e, nil
}

// enforceBeside puts the policy of one of several servers in force. It shares the audit and the
// sessions of first, unless that is nil. It must be closed before first.
func enforceBeside(ctx context.Context, p *cli.Program, f *PolicyFlags, first *Enforcing, server string) (_ *Enforcing, err error) {
	e := &Enforcing{p: p, path: f.Policy, Name: f.Name, last: cli.FileStateOf(f.Policy)} // taken before the file is read, so that no change is missed
	read := *f
	e.load = func(ctx context.Context) (*policy.Policy, error) { return read.load(ctx, p) }
	pol, err := read.load(ctx, p)
	if err = errors.Join(err, f.OpenApprovals(p.Stderr)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if f.Approvals != nil && f.Policy != "" {
		e.inForce = func(version string) error { return f.Approvals.Enforce(Absolute(f.Policy), version, time.Now()) }
		if err := e.inForce(pol.Version()); err != nil {
			return nil, err
		}
	}
	if err := e.openLimits(f); err != nil {
		return nil, err
	}
	if first != nil {
		e.shared = first.shared
		e.session += "/" + server
	} else if err := e.openShared(ctx, f); err != nil {
		return nil, err
	}
	if err := e.begin(pol.Version(), f.shadow); err != nil {
		return nil, err
	}
	if f.shadow && first == nil {
		fmt.Fprintln(p.Stderr, "shadow: the policy is not enforced; the audit says what it would deny")
	}
	e.Guard = enforce.New(pol, enforce.Config{
		Limits: e.limits, Sessions: e.sessions, Audit: e.audit, Values: f.Values, Shadow: f.shadow, Redactor: newRedactor(),
		Require: f.Require, Approvals: f.Approvals, Wait: f.wait, HoldWrites: f.holds && f.Approvals != nil,
		Server: cmp.Or(f.Server, OwnTools), Name: f.Name, Secrets: f.secrets, Observe: f.observer(),
	})
	return e, nil
}

// openLimits opens the counters of limits.
func (e *Enforcing) openLimits(f *PolicyFlags) (err error) {
	if f.State == "" {
		e.limits = new(limit.Ledger)
		return nil
	}
	if e.limits, err = limit.OpenLedger(f.State, time.Now()); err == nil {
		e.closers = append(e.closers, e.limits.Close)
	}
	return err
}

// openShared opens the state that the policies of several servers share.
func (e *Enforcing) openShared(ctx context.Context, f *PolicyFlags) (err error) {
	e.session, e.sessions = rand.Text(), session.NewBook()
	if f.State != "" {
		if e.sessions, err = session.Open(cmp.Or(f.Taints, f.State+".taints")); err != nil {
			return err
		}
	}
	if f.Audit == "" {
		return nil
	}
	if e.audit, err = OpenAuditLog(ctx, e.p, &f.AuditFlags); err == nil {
		e.closers = append(e.closers, e.audit.Close)
	}
	return err
}

// begin records in the audit that a policy is in force, and at the end that it is no longer.
func (e *Enforcing) begin(version string, shadow bool) error {
	if e.audit == nil {
		return nil
	}
	start := audit.Record{Event: audit.EventStart, Session: e.session, Server: e.Name, Policy: version, Shadow: shadow}
	if _, err := e.audit.Append(start); err != nil {
		return err
	}
	e.closers = append(e.closers, func() error {
		_, _ = e.audit.Append(audit.Record{Event: audit.EventStop, Session: e.session, Server: e.Name}) // an audit may lack its last record
		return nil
	})
	return nil
}

// OpenApprovals opens the file of --approvals, if there is one. Several policies share it.
func (f *PolicyFlags) OpenApprovals(notes io.Writer) (err error) {
	if f.Held == "" || f.Approvals != nil {
		return nil
	}
	key, err := ReadApprovalKey(f.heldKey)
	if err != nil {
		return err
	}
	if f.Approvals, err = approval.OpenWithKey(f.Held, key, true); err == nil && key == nil {
		fmt.Fprintln(notes, "approvals: whoever runs as this user can decide on held calls, an agent with a shell too; --approval-key FILE demands a key")
	}
	return err
}

// load returns the policy of the flags.
func (f *PolicyFlags) load(ctx context.Context, p *cli.Program) (*policy.Policy, error) {
	if f.Policy == "" {
		return policy.AllowAll(), nil
	}
	if f.NoPins == "" {
		return loadPolicy(ctx, p, f.Policy)
	}
	return loadPolicy(ctx, p, f.Policy, policy.NoPins(f.NoPins))
}

// anyClient is the name of clients that nothing tells apart.
const anyClient = "local"

// newRedactor returns a redactor whose placeholders are unique to this process.
func newRedactor() *redact.Redactor {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return redact.New(key, redact.Config{})
}

// Guarded returns a server of this program on whose messages g decides.
func (f *PolicyFlags) Guarded(s front.Server, g *enforce.Guard) front.Server {
	if !f.IsEnforced() {
		return front.Guarded(s, g, nil)
	}
	return front.Guarded(s, g, f.Identity())
}

// Reload replaces the policy when its file changes, until ctx ends. changed, unless nil, is called
// after each replacement.
func (e *Enforcing) Reload(ctx context.Context, log *slog.Logger, changed func()) {
	if e.path == "" {
		return
	}
	cli.Every(ctx, cli.WatchInterval, func() {
		now := cli.FileStateOf(e.path)
		if now == e.last || now == (cli.FileState{}) {
			return
		}
		e.last = now
		pol, err := e.load(ctx)
		same := err == nil && pol.Version() == e.Guard.Policy().Version()
		if err == nil && !same {
			err = e.Guard.SetPolicy(pol)
		}
		if err == nil && !same && e.inForce != nil {
			_ = e.inForce(pol.Version()) // the guard refuses earlier decisions in any case
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
		if e.Name != "" {
			of = " of " + e.Name
		}
		fmt.Fprintf(e.p.Stderr, "%s: the changed policy%s is in force\n", e.path, of)
		if changed != nil {
			changed()
		}
	})
}

// ToolsChanged tells the clients of servers that the policy may show other tools now.
func ToolsChanged(servers map[string]front.Server) func() {
	return func() {
		for _, s := range servers {
			s.MCP().SendNotificationToAllClients(mcp.MethodNotificationToolsListChanged, nil)
		}
	}
}

// AuditFlags are the flags of commands that write an audit.
type AuditFlags struct {
	Audit       string // the file
	Values      bool
	key         string   // the file of the key that signs it
	checkpoints []string // further destinations of the signatures
}

func (f *AuditFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&f.Values, "audit-values", false, "write arguments to the audit, without the secrets that redaction finds")
	fl.StringVar(&f.key, "audit-key", "", "sign the audit at intervals with the key in this `file`, which is made if there is none")
	fl.StringArrayVar(&f.checkpoints, "checkpoints", nil, "keep the signatures beside the audit too: a file or a folder; repeatable (`target`)")
}

// RegisterAudit adds --audit.
func (f *AuditFlags) RegisterAudit(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Audit, "audit", "", "append decisions to this `file`, a chain of hashes; {pid} in its name is the number of the process")
}

// check refuses flags that have no effect.
func (f *AuditFlags) check(cmd *cobra.Command) error {
	if slices.Contains(f.checkpoints, "syslog") { // was a target: signatures must not move to a file unnoticed
		return cli.Usagef(cmd, "--checkpoints syslog: the system's log is no target; name a file or a folder, such as ./syslog")
	}
	return flagset.Check(cmd, flagset.Need("audit-values audit-key", "audit", ""), flagset.Need("checkpoints", "audit-key", "they are signed"))
}

// processID stands for the number of the process in the names of files, since a client may start
// the same command for each of its windows.
const processID = "{pid}"

func ofProcess(path string) string {
	return strings.ReplaceAll(path, processID, strconv.Itoa(os.Getpid()))
}

// OpenAuditLog opens the audit, and signs it if there is a key.
func OpenAuditLog(ctx context.Context, p *cli.Program, f *AuditFlags) (_ *audit.Log, err error) {
	l, err := audit.Open(ofProcess(f.Audit), 0)
	if errors.Is(err, audit.ErrTaken) && ofProcess(f.Audit) == f.Audit {
		ext := filepath.Ext(f.Audit)
		err = cli.WithHint(err, "--audit "+cli.QuoteArg(strings.TrimSuffix(f.Audit, ext)+"-"+processID+ext)+"   # a file of its own for each process")
	}
	if err != nil || f.key == "" {
		return l, err
	}
	s := audit.Signing{Failed: func(err error) { fmt.Fprintln(p.Stderr, err) }}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
			for _, sink := range s.Sinks {
				sink.Close()
			}
		}
	}()
	if s.Key, err = openAuditKey(ctx, p, f.key); err != nil {
		return nil, err
	}
	for _, target := range f.checkpoints {
		sink, err := audit.OpenSink(ofProcess(target))
		if err != nil {
			return nil, err
		}
		s.Sinks = append(s.Sinks, sink)
	}
	return l, l.Sign(s)
}

// openAuditKey opens a signing key. It prints a message if it creates the key.
func openAuditKey(ctx context.Context, p *cli.Program, path string) (ed25519.PrivateKey, error) {
	key, made, err := audit.OpenKey(ctx, path)
	if made {
		fmt.Fprintf(p.Stderr, "%s: a new key; keep a copy of %s%s where nobody who can write the audit can change it\n", path, path, audit.PublicSuffix)
	}
	return key, err
}
