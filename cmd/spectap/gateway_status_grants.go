package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spectap/spectap/guard/grant"
)

// grantStatus is a grant of a gateway, and what it uses.
type grantStatus struct {
	grantRow
	Sessions int `json:"sessions"`
	// InForce is the policy of the grant, nil if it has none of its own or nobody has used it yet.
	InForce      *policyStatus   `json:"policy_in_force,omitempty"`
	Counters     []counterStatus `json:"counters,omitempty"`
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
		row := grantStatus{grantRow: rowOfGrant(g, now), Sessions: sessions[g.Name]}
		if e := a.policyInForce(g); e != nil {
			p := s.policy(e)
			row.InForce = &p
			row.Counters, row.MoreCounters = countersOf(e, e.guard.Policy())
		}
		out = append(out, row)
	}
	return out
}

// policyInForce returns the policy of a grant, nil if it has none or nobody has used it yet.
func (a *admission) policyInForce(g *grant.Grant) *enforcing {
	if g.Policy == "" {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.own[ownKey(g)]
}

func (g *grantStatus) print(w io.Writer) {
	fmt.Fprintf(w, "  grant %s: %s", g.Name, plural(g.Sessions, "session"))
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
		g.InForce.print(w, "    ")
	case g.Policy != "":
		fmt.Fprintf(w, "    policy: %s, not used yet\n", g.Policy)
	}
	printCounters(w, "    ", g.Counters, g.MoreCounters)
}

func (s *policyStatus) print(w io.Writer, indent string) {
	fmt.Fprintf(w, "%spolicy: %s, version %s\n", indent, s.File, s.Version)
	if r := s.Rejected; r != nil {
		fmt.Fprintf(w, "%sits newest version is not in force, since %s:\n%s  %s\n", indent, r.Since.Local().Format("2006-01-02 15:04:05"),
			indent, strings.ReplaceAll(r.Error, "\n", "\n  "+indent))
	}
}

func printCounters(w io.Writer, indent string, counters []counterStatus, more int) {
	for _, c := range counters {
		who := cmp.Or(c.Identity, "all callers")
		if c.Session != "" {
			who += ", session " + c.Session
		}
		fmt.Fprintf(w, "%slimit %s: %s used %s of %s in %s (%d %%)\n", indent, c.Rule, who, c.Used, c.Max, c.Window, c.Percent)
	}
	if more > 0 {
		fmt.Fprintf(w, "%sand %s near a limit\n", indent, plural(more, "other counter"))
	}
}
