package guard

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/page/wire"
)

// AuditQuery selects records.
type AuditQuery struct {
	// Filter is a list of words that a record must all contain, ignoring case. FIELD:TEXT searches
	// one field.
	Filter string `json:"filter"`
}

// Entry is a record of the audit.
type Entry struct {
	Seq      uint64    `json:"seq"`
	Time     time.Time `json:"time"`
	Event    string    `json:"event"`
	Identity string    `json:"identity"`
	Server   string    `json:"server"`
	Verdict  string    `json:"verdict"` // the decision or the outcome
	Method   string    `json:"method"`
	Name     string    `json:"name"`
	Rule     string    `json:"rule"`
	Reason   string    `json:"reason"`
	Session  string    `json:"session"`
	// Line is the record as stored in the file.
	Line string `json:"line"`
}

// Tail holds the newest records that a filter selects.
type Tail struct {
	File    string  `json:"file"` // "" if the page was started without one
	Entries []Entry `json:"entries"`
	Matched int     `json:"matched"` // of all
	Total   int     `json:"total"`
	Broken  int     `json:"broken,omitzero"` // lines that are not records
}

const (
	maxEntries = 500
	restShare  = 10 // the wait after reading a large audit, as a multiple of the read's duration
)

// fields are the names of fields in filters, in the order of [Entry.values].
var fields = []string{"event", "identity", "server", "verdict", "method", "name", "rule", "reason", "session"}

func (e *Entry) values() []string {
	return []string{e.Event, e.Identity, e.Server, e.Verdict, e.Method, e.Name, e.Rule, e.Reason, e.Session}
}

// filter is a word of a filter.
type filter struct {
	field int    // -1: any
	text  string // in lower case
}

// parseFilter reads a filter.
func parseFilter(s string) (out []filter, err error) {
	at := 0
	for word := range strings.FieldsSeq(s) {
		at += strings.Index(s[at:], word)
		f := filter{-1, strings.ToLower(word)}
		if name, rest, ok := strings.Cut(f.text, ":"); ok {
			if f.field = slices.Index(fields, name); f.field < 0 {
				return nil, &wire.Error{Message: fmt.Sprintf("%q is no field", name), Column: len([]rune(s[:at])) + 1,
					Try: "event, identity, method, name, reason, rule, server, session or verdict, as in verdict:deny"}
			}
			f.text = rest
		}
		out = append(out, f)
		at += len(word)
	}
	return out, nil
}

// selects reports whether a record has all words.
func selects(where []filter, e *Entry) bool {
	values := e.values()
	return !slices.ContainsFunc(where, func(f filter) bool {
		in := values
		if f.field >= 0 {
			in = values[f.field : f.field+1]
		}
		return !strings.Contains(strings.ToLower(strings.Join(in, "\x00")), f.text)
	})
}

func entryOf(line []byte) (Entry, error) {
	r, err := audit.Decode(line)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{
		Seq: r.Seq, Time: r.Time, Event: r.Event, Identity: r.Identity, Server: r.Server, Verdict: r.Decision, Method: r.Method, Name: r.Name,
		Rule: r.Rule, Reason: r.Reason, Session: r.Session, Line: string(line),
	}
	e.Verdict = cmp.Or(e.Verdict, r.Outcome)
	if c := r.Change; c != nil {
		e.Verdict, e.Name, e.Identity = c.What, c.Name, c.By
	}
	return e, nil
}

// tail reads the audit.
func (p *panel) tail(ctx context.Context, where []filter) (Tail, error) {
	out := Tail{File: p.Audit, Entries: []Entry{}}
	if p.Audit == "" || !exists(p.Audit) {
		return out, nil
	}
	var last []Entry
	err := audit.Read(ctx, p.Audit, func(_ string, _ int, line []byte) error {
		out.Total++
		e, err := entryOf(line)
		switch {
		case err != nil:
			out.Broken++
		case selects(where, &e):
			out.Matched++
			if last = append(last, e); len(last) == 2*maxEntries {
				last = append(last[:0], last[maxEntries:]...)
			}
		}
		return ctx.Err()
	}, nil)
	if err != nil {
		return out, wire.Readable(err)
	}
	for i := len(last) - 1; i >= max(0, len(last)-maxEntries); i-- {
		out.Entries = append(out.Entries, last[i])
	}
	return out, nil
}

// stamp returns a text that changes with the files of the audit.
func (p *panel) stamp() string {
	s := ""
	names, _ := filepath.Glob(strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`).Replace(p.Audit) + "*")
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			s += fmt.Sprintln(name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return s
}

// records sends the newest records that a filter selects whenever they change.
func (p *panel) records(ctx context.Context, in AuditQuery, _ string, send func(string, Tail) error) error {
	where, err := parseFilter(in.Filter)
	if err != nil {
		return err
	}
	last := "none"
	for {
		wait := poll
		if now := p.stamp(); now != last {
			began := time.Now()
			t, err := p.tail(ctx, where)
			if err != nil {
				return err
			}
			if err := send("", t); err != nil {
				return err
			}
			last, wait = now, max(poll, restShare*time.Since(began))
		}
		if err := pause.For(ctx, wait); err != nil {
			return err
		}
	}
}

// Verified is the result of checking the chain and the signatures of the audit.
type Verified struct {
	Records uint64 `json:"records"`
	Files   int    `json:"files"`
	// Problem describes where the audit was changed or incomplete; it is "" if the audit is intact.
	Problem string `json:"problem,omitempty"`
	// First is the number of the first record: older ones were removed if it is not 1.
	First uint64 `json:"first,omitzero"`
	// Incomplete is the number of bytes of a partial record at the end, which a killed process
	// leaves.
	Incomplete int64 `json:"incomplete,omitzero"`
	// Signed means that keys were given. Vouched is then the last record covered by a signature, or
	// 0.
	Signed  bool   `json:"signed,omitzero"`
	Vouched uint64 `json:"vouched,omitzero"`
	Last    uint64 `json:"last,omitzero"`
}

// verify checks that no record was changed, removed or inserted.
func (p *panel) verify(ctx context.Context, _ wire.None) (Verified, error) {
	if p.Audit == "" {
		return Verified{}, &wire.Error{Message: "the page was started without an audit", Try: "spectap ui --audit FILE"}
	}
	trust := cmp.Or(p.Trust, &audit.Trust{})
	r, err := audit.Verify(ctx, p.Audit, trust)
	out := Verified{
		Records: r.Records, Files: r.Files, First: r.First, Incomplete: int64(r.Incomplete), Signed: len(trust.Keys) > 0, Vouched: r.Vouched, Last: r.Last,
	}
	switch {
	case audit.IsDamage(err):
		out.Problem = err.Error()
	case err != nil:
		return out, wire.Readable(err)
	}
	return out, nil
}
