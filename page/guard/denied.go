package guard

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// Denials are the requests that guards of proxies did not send, by operation, the newest first.
type Denials struct {
	Policy  string   `json:"policy"`  // the file, "" without one
	Version string   `json:"version"` // of its text
	Undo    string   `json:"undo"`    // the operation that the newest change allowed
	Denied  []Denied `json:"denied"`
}

// Denied are the denied requests of an operation, or equal ones that are none.
type Denied struct {
	Operation string    `json:"operation"`
	Rule      string    `json:"rule"`
	Reason    string    `json:"reason"`
	Count     int       `json:"count"`
	Last      time.Time `json:"last"`
	Seq       flow.Seq  `json:"seq"`     // of the newest request
	Request   string    `json:"request"` // which that is
	// State is what the policy says now: "allowed", "denied" if it can be changed to allow the
	// operation, or "". Note says what else can be done.
	State string `json:"state"`
	Note  string `json:"note"`
}

// Bounds of what is shown, and of the newest records that are read for it.
const maxDenied, maxRead = 200, 50_000

// edit is a change of the policy that can be undone.
type edit struct {
	operation string
	before    []byte
}

func versionOf(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

// rules reads the policy, if there is one.
func (p *panel) rules() (text []byte, err error) {
	if p.Policy != "" {
		text, err = safefile.Read(os.OpenFile, p.Policy, 4<<20)
	}
	return text, err
}

// denials sends what was denied, and what the policy says of it now, whenever that changes.
func (p *panel) denials(ctx context.Context, _ wire.None, _ string, send func(string, Denials) error) error {
	var out Denials
	var seen store.Stat
	return wire.SendChanges(ctx, poll, func() (Denials, error) {
		st, err := p.Store.Stat(ctx)
		rules, failed := p.rules()
		version := versionOf(rules)
		if err = cmp.Or(err, failed); err != nil || st.Last == seen.Last && st.Deletions == seen.Deletions && version == out.Version {
			return out, err
		}
		by := map[[3]string]Denied{}
		for f, err := range p.Store.Scan(ctx, store.Query{After: max(st.Last, maxRead) - maxRead, Until: st.Last, NoBodies: true}) {
			if err != nil {
				return out, err
			}
			if why, ok := f.Denied(); ok {
				key := [3]string{cmp.Or(why.Operation, f.Request.Method+" "+f.Request.Path), why.Rule, f.Request.Authority}
				by[key] = Denied{
					Operation: why.Operation, Rule: p.Redact.Text(why.Rule), Reason: p.Redact.Text(why.Reason), Count: by[key].Count + 1,
					Last: f.Started, Seq: f.Seq, Request: f.Request.Method + " " + f.Request.Authority + p.Redact.Path(f.Request.Path),
				}
			}
		}
		all := slices.SortedFunc(maps.Values(by), func(a, b Denied) int { return b.Last.Compare(a.Last) })
		all = append([]Denied{}, all[:min(len(all), maxDenied)]...)
		for i := range all {
			p.advise(ctx, &all[i], rules)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		out, seen = Denials{Policy: p.Policy, Version: version, Undo: p.edits[version].operation, Denied: all}, st
		return out, nil
	}, send)
}

// advise sets State and Note of a denial.
func (p *panel) advise(ctx context.Context, n *Denied, rules []byte) {
	switch {
	case n.Rule == flow.ByProxy:
		n.Note = "No setting allows it: the client must send it otherwise."
	case n.Rule == flow.ByDocuments:
		n.Note = "No policy can allow it. Record it without --guard, then put it into the document with spectap export --into. " +
			"Or let the whole host pass unread with --guard-other, or compare host, method and path only with --guard-lenient."
	case p.Policy != "":
		switch changed, err := policy.Allow(ctx, p.Policy, rules, n.Operation); {
		case err != nil:
			n.Note = "Change the policy by hand: " + err.Error()
		case bytes.Equal(changed, rules):
			n.State = "allowed"
		default:
			n.State = "denied"
		}
	}
}

// Change is a change of the policy that a person saw: it allows an operation, or undoes the change
// that made this version if Operation is "".
type Change struct {
	Operation string `json:"operation"`
	Version   string `json:"version"`
}

func (p *panel) change(ctx context.Context, in Change) (done wire.None, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, err := p.rules()
	after := p.edits[in.Version].before
	switch {
	case err != nil:
	case p.Policy == "" || versionOf(before) != in.Version || in.Operation == "" && after == nil:
		err = &wire.Error{Message: "nothing was changed: the policy is another one since it was shown", Try: "look at it again"}
	case in.Operation != "":
		after, err = policy.Allow(ctx, p.Policy, before, in.Operation)
	}
	if err == nil {
		err = safefile.Write(ctx, p.Policy, 0o600, after)
	}
	if err == nil && in.Operation != "" {
		p.edits[versionOf(after)] = edit{in.Operation, before}
	}
	return done, wire.Readable(err)
}
