package main

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
)

// openAudit opens the audit of a server without a policy. That of a policy is its own.
func (s *serving) openAudit(ctx context.Context) error {
	f := &s.f.enforced
	if f.audit == "" || f.isEnforced() {
		return nil
	}
	l, err := s.p.openAuditLog(ctx, &f.auditFlags)
	if err != nil {
		return err
	}
	a := &serveAuditor{log: l, session: rand.Text()}
	s.closers = append(s.closers, func() {
		_, _ = l.Append(audit.Record{Event: audit.EventStop, Session: a.session}) // an audit may end without it
		_ = l.Close()                                                             // each record is written when it is appended
	})
	_, err = l.Append(audit.Record{Event: audit.EventStart, Session: a.session})
	s.options.Audit = a
	return err
}

// serveAuditor writes what guard decides, where there is no policy, to an audit.
type serveAuditor struct {
	log     *audit.Log
	session string
}

// Write implements guard.Auditor.
func (a *serveAuditor) Write(r *guard.Record) error {
	out := audit.Record{
		Event: r.Event, Identity: r.Principal, Session: a.session, Direction: enforce.ToServer, Method: "tools/call", Name: r.Tool,
		Request: r.Method + " " + r.Path, Decision: r.Decision, Confirmed: r.Confirmed, Reason: r.Reason, Digest: r.Arguments, Call: r.Seq,
	}
	if r.Event == audit.EventOutcome {
		out.Status, out.Reason, out.Outcome = r.Status, r.Error, enforce.Answered
		if r.Status == 0 || r.Error != "" {
			out.Outcome = enforce.Failed
		}
		out.Latency = float64(time.Since(r.Time).Microseconds()) / 1000
		_, err := a.log.Append(out)
		return err
	}
	var err error
	r.Time = time.Now()
	r.Seq, err = a.log.Append(out)
	return err
}
