package main

import (
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

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/metrics"
	"github.com/spectap/spectap/gateway/streamable"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/control"
)

// gatewayKind names the status of gateways among those of other processes.
const gatewayKind = "gateway"

// gatewayStatus is what a gateway says of itself.
type gatewayStatus struct {
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
	Name     string               `json:"name,omitempty"` // of several
	Upstream gateway.HealthReport `json:"upstream"`
	Policy   policyStatus         `json:"policy"`
	// Counters are those of which at least nearLimit percent of a limit is used up, the fullest
	// first.
	Counters     []counterStatus `json:"counters"`
	MoreCounters int             `json:"more_counters,omitempty"`
}

// policyStatus is a policy in force.
type policyStatus struct {
	File    string `json:"file"`
	Version string `json:"version"`
	// Rejected says why the newest version of the file is not in force.
	Rejected *rejection `json:"rejected,omitempty"`
}

// counterStatus is a counter that is near its limit. Amounts are in decimal.
type counterStatus struct {
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

// gatewayState knows what the status of a gateway consists of.
type gatewayState struct {
	x        *gatewayFlags
	since    time.Time
	session  string // of this process, in the audit
	names    []string
	policies []*enforcing
	health   []*gateway.Health
	handler  atomic.Pointer[streamable.Handler] // nil on stdio
	redactor *redact.Redactor
	calls    *metrics.Calls
	pins     *pin.Book                 // nil without --pins
	clients  atomic.Pointer[admission] // nil if all clients are the same
}

func newGatewayState(x *gatewayFlags, pins *pin.Book) *gatewayState {
	s := &gatewayState{x: x, since: time.Now(), redactor: newRedactor(), calls: metrics.NewCalls(), pins: pins}
	if x.http.metrics != "" {
		x.observe = s.calls.Server(oneServer) // policies of grants are those of one server
	}
	return s
}

// add adds a server, and returns what is to learn the health of its connections.
func (s *gatewayState) add(name string, e *enforcing) *gateway.Health {
	h := new(gateway.Health)
	s.names, s.policies, s.health = append(s.names, name), append(s.policies, e), append(s.health, h)
	return h
}

// serve lets other processes ask for the status until the result is called. A gateway works without
// it.
func (s *gatewayState) serve(log *slog.Logger) (end func()) {
	server, err := control.StartStatus(gatewayKind, func() any { return s.status() }, log)
	if err != nil {
		log.Warn("spectap gateway status will not show this gateway", "error", err)
		return func() {}
	}
	return func() { server.Close() }
}

func (s *gatewayState) status() gatewayStatus {
	out := gatewayStatus{
		PID: os.Getpid(), Since: s.since.UTC(), Version: version(), Clients: "stdio", Sessions: s.sessions(), Shadow: s.x.shadow,
		Servers: []gatewayServerStatus{},
	}
	if s.x.http.addr != "" {
		out.Clients = "http"
	}
	if log := s.policies[0].audit; log != nil {
		path, seq, err := log.State()
		out.Audit = &auditStatus{File: absolute(path), Seq: seq}
		if err != nil {
			out.Audit.Error = err.Error()
		}
	}
	for i, e := range s.policies {
		out.Servers = append(out.Servers, s.server(s.names[i], e, s.health[i].Report()))
	}
	out.Grants = s.grants(time.Now())
	return out
}

// sessions returns the number of sessions of clients.
func (s *gatewayState) sessions() int {
	if s.x.http.addr == "" {
		return 1
	}
	if h := s.handler.Load(); h != nil {
		return h.Sessions()
	}
	return 0
}

func (s *gatewayState) server(name string, e *enforcing, health gateway.HealthReport) gatewayServerStatus {
	health.Failure = s.redactor.Text(health.Failure)
	pol := e.guard.Policy()
	out := gatewayServerStatus{Name: name, Upstream: health, Policy: s.policy(e)}
	out.Counters, out.MoreCounters = countersOf(e, pol)
	return out
}

// policy returns the state of a policy in force.
func (s *gatewayState) policy(e *enforcing) policyStatus {
	out := policyStatus{File: e.path, Version: e.guard.Policy().Version()}
	if !strings.HasPrefix(e.path, builtin) && e.path != "-" {
		out.File = absolute(e.path)
	}
	if r := e.rejection(); r != (rejection{}) {
		r.Error, r.Since = s.redactor.Text(r.Error), r.Since.UTC()
		out.Rejected = &r
	}
	return out
}

// countersOf returns the counters of a policy that are near their limits, and how many more are.
func countersOf(e *enforcing, pol *policy.Policy) (counters []counterStatus, more int) {
	counters = []counterStatus{}
	near := e.limits.Near(time.Now(), pol.Limits(), nearLimit)
	for _, u := range near[:min(len(near), maxShown)] {
		c := counterStatus{
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

// absolute returns a path that means the same in another folder.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func newGatewayStatusCmd(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the gateways of this user that run",
		Long: `Shows each gateway that runs as this user: the process, the sessions of clients, the state of the
servers, the policy in force and why its newest version is not, the counters of which 80 percent or
more is used up, and the last record of the audit.`,
		Example: "  spectap gateway status\n  spectap gateway status --json",
		Args:    exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all := []gatewayStatus{}
			var failures error
			for _, x := range control.Statuses(cmd.Context(), gatewayKind) {
				var s gatewayStatus
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
			if asJSON {
				return errors.Join(p.printIndentedJSON(all), failures)
			}
			var b strings.Builder
			for i := range all {
				all[i].print(&b)
			}
			failures = errors.Join(p.newRows().lines(b.String()), failures)
			if len(all) == 0 && failures == nil {
				fmt.Fprintln(p.stderr, "no gateway of this user runs")
			}
			return failures
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (s *gatewayStatus) print(w io.Writer) {
	fmt.Fprintf(w, "gateway %d, since %s, %s over %s\n", s.PID, s.Since.Local().Format("2006-01-02 15:04:05"),
		plural(s.Sessions, "session"), s.Clients)
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
	name := "server"
	if s.Name != "" {
		name += " " + s.Name
	}
	u := &s.Upstream
	fmt.Fprintf(w, "  %s: %s, %s, %s, %s\n", name, u.State, plural(u.Connections, "connection"),
		plural(int(u.Restarts), "restart"), plural(u.Pending, "pending call"))
	if u.Restarting > 0 {
		fmt.Fprintf(w, "    being restarted: %s\n", plural(u.Restarting, "connection"))
	}
	if u.Failure != "" {
		fmt.Fprintf(w, "    last failure: %s\n", u.Failure)
	}
	s.Policy.print(w, "    ")
	printCounters(w, "    ", s.Counters, s.MoreCounters)
}
