package gateway

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/metrics"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/mcp/streamable"
)

// gatewayKind is the kind of gateways among processes with a status.
const gatewayKind = "gateway"

// Status is the status of a gateway.
type Status struct {
	PID      int                   `json:"pid"`
	Since    time.Time             `json:"since"`
	Version  string                `json:"version"`
	Clients  string                `json:"clients"` // stdio or http
	Sessions int                   `json:"sessions"`
	Shadow   bool                  `json:"shadow"`
	Audit    *auditStatus          `json:"audit,omitempty"`
	Servers  []gatewayServerStatus `json:"servers"`
	Grants   []grantStatus         `json:"grants,omitempty"` // with --grants
}

// auditStatus is the state of an audit.
type auditStatus struct {
	File  string `json:"file"`
	Seq   uint64 `json:"seq"` // of the last record
	Error string `json:"error,omitempty"`
}

// gatewayServerStatus is a server behind a gateway, and its policy.
type gatewayServerStatus struct {
	Name     string               `json:"name"` // as approvals and pins have it
	Upstream gateway.HealthReport `json:"upstream"`
	Policy   policyStatus         `json:"policy"`
	// Counters are the counters that have used at least nearLimit percent of their limits, the
	// fullest first.
	Counters     []CounterStatus `json:"counters"`
	MoreCounters int             `json:"more_counters,omitempty"`
}

// policyStatus is a policy in force.
type policyStatus struct {
	File    string `json:"file"`
	Version string `json:"version"`
	// Rejected is the reason why the newest version of the file is not in force.
	Rejected *rejection `json:"rejected,omitempty"`
}

// CounterStatus is a counter that is near its limit. Amounts are in decimal.
type CounterStatus struct {
	Rule     string `json:"rule"`
	Identity string `json:"identity,omitempty"` // "" if all share it
	Session  string `json:"session,omitempty"`  // its label, if each session has one
	Used     string `json:"used"`
	Max      string `json:"max"`
	Percent  int64  `json:"percent"`
	Window   string `json:"window"` // "session" for a whole one
}

// nearLimit is the percentage of a limit from which status shows the counter. maxShown bounds the
// counters of a server.
const (
	nearLimit = 80
	maxShown  = 100
)

// gatewayState holds the sources of a gateway's status.
type gatewayState struct {
	x        *gatewayFlags
	since    time.Time
	session  string // of this process, in the audit
	names    []string
	known    []string // the identities of the servers
	policies []*Enforcing
	health   []*gateway.Health
	handler  atomic.Pointer[streamable.Handler] // nil on stdio
	redactor *redact.Redactor
	calls    *metrics.Calls
	pins     *pin.Book                 // nil without --pins
	clients  atomic.Pointer[admission] // nil if all clients are the same
}

func newGatewayState(x *gatewayFlags, pins *pin.Book) *gatewayState {
	s := &gatewayState{x: x, since: time.Now(), redactor: newRedactor(), calls: metrics.NewCalls(), pins: pins}
	if x.http.Metrics != "" {
		x.observe = s.calls.Server(oneServer) // policies of grants are those of one server
	}
	return s
}

// add adds a server, and returns the observer that must be told the health of its connections.
func (s *gatewayState) add(b *backend, e *Enforcing) *gateway.Health {
	h := new(gateway.Health)
	s.names, s.known, s.policies, s.health = append(s.names, b.name), append(s.known, b.identity), append(s.policies, e), append(s.health, h)
	return h
}

// serve lets other processes ask for the status until the result is called. Errors do not stop the
// gateway.
func (s *gatewayState) serve(log *slog.Logger) (end func()) {
	server, err := control.StartStatus(gatewayKind, func() any { return s.status() }, log)
	if err != nil {
		log.Warn("spectap gateway status will not show this gateway", "error", err)
		return func() {}
	}
	return func() { server.Close() }
}

func (s *gatewayState) status() Status {
	out := Status{
		PID: os.Getpid(), Since: s.since.UTC(), Version: cli.Version(), Clients: "stdio", Sessions: s.sessions(), Shadow: s.x.shadow,
		Servers: []gatewayServerStatus{},
	}
	if s.x.http.Addr != "" {
		out.Clients = "http"
	}
	if log := s.policies[0].audit; log != nil {
		path, seq, err := log.State()
		out.Audit = &auditStatus{File: Absolute(path), Seq: seq}
		if err != nil {
			out.Audit.Error = err.Error()
		}
	}
	for i, e := range s.policies {
		one := gatewayServerStatus{Name: s.known[i], Upstream: s.health[i].Report(), Policy: s.policy(e)}
		one.Upstream.Failure = s.redactor.Text(one.Upstream.Failure)
		one.Counters, one.MoreCounters = countersOf(e)
		out.Servers = append(out.Servers, one)
	}
	out.Grants = s.grants(time.Now())
	return out
}

// sessions returns the number of sessions of clients.
func (s *gatewayState) sessions() int {
	if s.x.http.Addr == "" {
		return 1
	}
	if h := s.handler.Load(); h != nil {
		return h.Sessions()
	}
	return 0
}

// policy returns the state of a policy in force.
func (s *gatewayState) policy(e *Enforcing) policyStatus {
	out := policyStatus{File: e.path, Version: e.Guard.Policy().Version()}
	if !strings.HasPrefix(e.path, builtin) && e.path != "-" {
		out.File = Absolute(e.path)
	}
	if r := e.rejection(); r != (rejection{}) {
		r.Error, r.Since = s.redactor.Text(r.Error), r.Since.UTC()
		out.Rejected = &r
	}
	return out
}

// countersOf returns the counters of a policy that are near their limits, and how many more are.
func countersOf(e *Enforcing) (counters []CounterStatus, more int) {
	counters = []CounterStatus{}
	near := e.limits.Near(time.Now(), e.Guard.Policy().Limits(), nearLimit)
	for _, u := range near[:min(len(near), maxShown)] {
		c := CounterStatus{
			Rule: u.Limit.Rule, Identity: u.Identity, Session: u.Session, Used: u.Used.String(), Max: u.Limit.Max.String(),
			Percent: u.Used.Percent(u.Limit.Max), Window: u.Limit.Window.String(),
		}
		if u.Limit.Window == 0 {
			c.Window = "session"
		}
		counters = append(counters, c)
	}
	return counters, len(near) - len(counters)
}

// Absolute returns a path that names the same file from any working folder.
func Absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func newGatewayStatusCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:   "status",
		Short: "Show the gateways of this user that run",
		Long: `Shows each gateway that runs as this user: the process, the sessions of clients, the state of the
servers, the policy in force and why its newest version is not, the counters of which 80 percent or
more is used up, and the last record of the audit.`,
		Example: "  spectap gateway status\n  spectap gateway status --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			all := []Status{}
			var failures error
			for _, x := range control.Statuses(cmd.Context(), gatewayKind) {
				var s Status
				err := x.Err
				if err == nil {
					err = json.Unmarshal(x.Status, &s)
				}
				if err != nil {
					failures = errors.Join(failures, fmt.Errorf("ask the gateway at %s for its status: %w", x.Socket, err))
					continue
				}
				all = append(all, s)
			}
			if p.JSON {
				return errors.Join(p.PrintIndentedJSON(all), failures)
			}
			var b strings.Builder
			for i := range all {
				all[i].print(&b)
			}
			failures = errors.Join(p.NewRows().Lines(b.String()), failures)
			if len(all) == 0 && failures == nil {
				fmt.Fprintln(p.Stderr, "no gateway of this user runs")
			}
			return failures
		},
	}, "print JSON")
}

func (s *Status) print(w io.Writer) {
	fmt.Fprintf(w, "gateway %d, since %s, %s over %s\n", s.PID, s.Since.Local().Format("2006-01-02 15:04:05"),
		cli.Plural(s.Sessions, "session"), s.Clients)
	if s.Shadow {
		fmt.Fprintln(w, "  shadow: the policy is not enforced")
	}
	if a := s.Audit; a != nil {
		fmt.Fprintf(w, "  audit: %s, record %d\n", a.File, a.Seq)
		if a.Error != "" {
			fmt.Fprintf(w, "    FAILED, all calls are denied: %s\n", a.Error)
		}
	}
	for i := range s.Servers {
		s.Servers[i].print(w)
	}
	for i := range s.Grants {
		s.Grants[i].print(w)
	}
}

func (s *gatewayServerStatus) print(w io.Writer) {
	u := &s.Upstream
	fmt.Fprintf(w, "  server %s: %s, %s, %s, %s\n", s.Name, u.State, cli.Plural(u.Connections, "connection"),
		cli.Plural(int(u.Restarts), "restart"), cli.Plural(u.Pending, "pending call"))
	if u.Restarting > 0 {
		fmt.Fprintf(w, "    being restarted: %s\n", cli.Plural(u.Restarting, "connection"))
	}
	if u.Failure != "" {
		fmt.Fprintf(w, "    last failure: %s\n", u.Failure)
	}
	s.Policy.print(w)
	printCounters(w, s.Counters, s.MoreCounters)
}

// grantStatus is a grant of a gateway with its use.
type grantStatus struct {
	GrantRow
	Sessions int `json:"sessions"`
	// InForce is the policy of the grant, or nil if it has no own policy or has not been used yet.
	InForce      *policyStatus   `json:"policy_in_force,omitempty"`
	Counters     []CounterStatus `json:"counters,omitempty"`
	MoreCounters int             `json:"more_counters,omitempty"`
}

// grants returns the grants of a gateway, with their sessions and policies.
func (s *gatewayState) grants(now time.Time) (out []grantStatus) {
	a := s.clients.Load()
	if a == nil || a.book == nil {
		return nil
	}
	all, err := a.book.List()
	if err != nil {
		return nil // the gateway refuses all of them
	}
	sessions := map[string]int{s.x.grants.name: 1}
	if h := s.handler.Load(); h != nil {
		sessions = h.SessionsBy(func(identity map[string]any) string {
			name, _ := identity[memberGrant].(string)
			return name
		})
	}
	for i := range all {
		g := &all[i]
		row := grantStatus{GrantRow: rowOfGrant(g, now), Sessions: sessions[g.Name]}
		if e := a.policyInForce(g); e != nil {
			p := s.policy(e)
			row.InForce = &p
			row.Counters, row.MoreCounters = countersOf(e)
		}
		out = append(out, row)
	}
	return out
}

// policyInForce returns the policy of a grant, or nil if it has no own policy or has not been used
// yet.
func (a *admission) policyInForce(g *grant.Grant) *Enforcing {
	if g.Policy == "" {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.own[ownKey(g)]
}

func (g *grantStatus) print(w io.Writer) {
	fmt.Fprintf(w, "  grant %s: %s", g.Name, cli.Plural(g.Sessions, "session"))
	switch {
	case g.Expired:
		fmt.Fprint(w, ", EXPIRED")
	case !g.Expires.IsZero():
		fmt.Fprintf(w, ", until %s", g.Expires.Local().Format("2006-01-02 15:04"))
	}
	if len(g.Tools) > 0 {
		fmt.Fprintf(w, ", tools %s", strings.Join(g.Tools, " "))
	}
	fmt.Fprintln(w)
	switch {
	case g.InForce != nil:
		g.InForce.print(w)
	case g.Policy != "":
		fmt.Fprintf(w, "    policy: %s, not used yet\n", g.Policy)
	}
	printCounters(w, g.Counters, g.MoreCounters)
}

func (s *policyStatus) print(w io.Writer) {
	fmt.Fprintf(w, "    policy: %s, version %s\n", s.File, s.Version)
	if r := s.Rejected; r != nil {
		fmt.Fprintf(w, "    its newest version is not in force, since %s:\n      %s\n", r.Since.Local().Format(time.DateTime),
			strings.ReplaceAll(r.Error, "\n", "\n      "))
	}
}

func printCounters(w io.Writer, counters []CounterStatus, more int) {
	for _, c := range counters {
		who := cmp.Or(c.Identity, "all callers")
		if c.Session != "" {
			who += ", session " + c.Session
		}
		fmt.Fprintf(w, "    limit %s: %s used %s of %s in %s (%d %%)\n", c.Rule, who, c.Used, c.Max, c.Window, c.Percent)
	}
	if more > 0 {
		fmt.Fprintf(w, "    and %s near a limit\n", cli.Plural(more, "other counter"))
	}
}
