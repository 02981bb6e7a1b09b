package main

import (
	"context"
	"fmt"
	"log/slog"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/change"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
)

// thisUser names the user of the system, as approvals and the audit do.
func thisUser() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("find out who decides: %w", err)
	}
	return approval.User(u.Username), nil
}

// changeSource has the changes of one kind.
type changeSource struct {
	event string
	since func(time.Time) ([]change.Change, error)
}

// auditFollower writes what other processes, and servers, changed to the audit. Each change is
// written once at least: after a kill perhaps twice, with the same time.
type auditFollower struct {
	log     *audit.Log
	sources []changeSource
	from    time.Time
	seen    map[string]bool // changes since from that were written
	warned  bool
	warn    *slog.Logger
}

// followSlack is how much earlier than the last record of the audit a change may have happened that
// is not in it: a process that is killed has perhaps not looked yet.
const followSlack = 10 * time.Second

// stopSlack is that after a process that has stopped as it should: it looked just before.
const stopSlack = 100 * time.Millisecond

// followChanges writes changes to an audit until ctx ends. The result writes the last ones.
func followChanges(ctx context.Context, l *audit.Log, sources []changeSource, log *slog.Logger) (stop func()) {
	if l == nil || len(sources) == 0 {
		return func() {}
	}
	f := &auditFollower{log: l, sources: sources, from: time.Now(), seen: map[string]bool{}, warn: log}
	switch last, stopped := l.Found(); {
	case stopped:
		f.from = last.Add(-stopSlack)
	case !last.IsZero():
		f.from = last.Add(-followSlack)
	}
	f.look()
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		every(ctx, watchInterval, f.look)
		f.look()
		close(done)
	}()
	return func() { cancel(); <-done }
}

// look writes what happened since the last look.
func (f *auditFollower) look() {
	seen, latest := map[string]bool{}, f.from.Add(followSlack)
	for _, s := range f.sources {
		all, err := s.since(f.from)
		if err != nil { // the file is damaged or gone, which denies by itself
			if !f.warned {
				f.warn.Warn("changes cannot be written to the audit", "event", s.event, "error", err)
			}
			f.warned = true
			return
		}
		for i := range all {
			c := &all[i]
			key := strings.Join([]string{s.event, c.At.Format(time.RFC3339Nano), c.What, c.Server, c.Kind, c.Name, c.ID, c.By}, "\x00")
			if !f.seen[key] {
				if _, err := f.log.Append(audit.Record{Event: s.event, Identity: c.Grant, Name: c.Name, Change: c}); err != nil {
					return // and try again
				}
				f.seen[key] = true
			}
			seen[key] = true
			if c.At.After(latest) {
				latest = c.At
			}
		}
	}
	f.seen, f.warned, f.from = seen, false, latest.Add(-followSlack)
}

// changesOf returns the changes of the files that a gateway shares with the commands of people;
// each may be nil.
func changesOf(pins *pin.Book, grants *grant.Book, approvals *approval.Book) (all []changeSource) {
	if pins != nil {
		all = append(all, changeSource{audit.EventDefinition, pins.History})
	}
	if grants != nil {
		all = append(all, changeSource{audit.EventGrant, grants.History})
	}
	if approvals != nil {
		all = append(all, changeSource{audit.EventApproval, func(since time.Time) ([]change.Change, error) { return decisionsSince(approvals, since) }})
	}
	return all
}

// decisionsSince returns what people said of held calls, and of approvals by rule.
func decisionsSince(b *approval.Book, since time.Time) (out []change.Change, err error) {
	held, err := b.List(time.Time{})
	if err != nil {
		return nil, err
	}
	for i := range held {
		h := &held[i]
		for _, d := range h.Decisions {
			if d.At.Before(since) {
				continue
			}
			what := "denied"
			if d.Approve {
				what = "approved"
			}
			out = append(out, change.Change{
				At: d.At, What: what, Name: h.Tool, Kind: "call", Server: h.Server, ID: h.ID, Digest: h.Digest, By: d.By, Channel: d.Channel,
				Note: d.Note, Grant: h.Grant, Asked: h.Created,
			})
		}
	}
	standing, err := b.Standing(time.Time{})
	if err != nil {
		return nil, err
	}
	for i := range standing {
		s := &standing[i]
		for n, d := range s.Decisions {
			if d.At.Before(since) {
				continue
			}
			what := "denied"
			switch {
			case d.Approve:
				what = "approved"
			case s.State == approval.Revoked && n == len(s.Decisions)-1:
				what = "revoked"
			}
			out = append(out, change.Change{
				At: d.At, What: what, Name: s.Tool, Kind: "rule", Server: s.Server, ID: s.ID, Digest: s.Digest, By: d.By, Channel: d.Channel,
				Note: d.Note, Grant: s.Grant, Asked: s.Created,
			})
		}
	}
	slices.SortStableFunc(out, func(a, b change.Change) int { return a.At.Compare(b.At) })
	return out, nil
}
