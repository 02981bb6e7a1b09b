// Package approvals is the panel Approvals of the page: calls of gateways that wait for a person.
//
// It shows the same as the command approvals, and records decisions under the same conditions. The
// page is the person's: an agent has neither its link nor its cookie, and a page of another origin
// cannot call it. Read panel.go.
package approvals

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/page/wire"
)

// Config configures the panel.
type Config struct {
	// Book is the path of the file of the held calls. "" means that the panel has none, and says
	// so.
	Book string
	// Key is the key that approvals need, or nil.
	Key []byte
	// By is the person who decides, as [approval.User] returns it.
	By string
}

// poll is the polling interval for the file.
const poll = time.Second

// panel answers the calls. It is safe for concurrent use.
type panel struct{ Config }

// Panel returns the calls and feeds of the panel.
func Panel(c Config) wire.Panel {
	p := &panel{c}
	return wire.Panel{
		Name: "approvals",
		Calls: []wire.Call{wire.NewCall("show", p.show), wire.NewCall("decide", p.decide), wire.NewCall("revoke", p.revoke),
			wire.NewCall("present", p.present)},
		Feeds: []wire.Feed{wire.NewFeed("held", p.held)},
	}
}

// Present reports whether the page was started with a file.
type Present struct {
	Present bool `json:"present"`
}

func (p *panel) present(context.Context, wire.None) (Present, error) {
	return Present{p.Book != ""}, nil
}

// Held is a call in the list.
type Held struct {
	ID      string    `json:"id"`
	State   string    `json:"state"` // waiting, approved, denied, used, expired
	Tool    string    `json:"tool"`
	Grant   string    `json:"grant"`            // who asks
	Client  string    `json:"client,omitempty"` // the client's own name, unverified
	Server  string    `json:"server"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	// Approvers is the number of people who must agree, Decided the number who have decided.
	Approvers int `json:"approvers"`
	Decided   int `json:"decided"`
}

// Standing is an approval by rule in the list.
type Standing struct {
	ID      string    `json:"id"`
	State   string    `json:"state"`
	Tool    string    `json:"tool"`
	Grant   string    `json:"grant"`
	Used    int       `json:"used"`
	Times   int       `json:"times"` // 0: any number
	Expires time.Time `json:"expires"`
	Lines   string    `json:"lines"` // its full scope
}

// List is the content of the file.
type List struct {
	// Book is the path of the file, "" if the page was started without one.
	Book  string     `json:"book"`
	By    string     `json:"by"`
	Held  []Held     `json:"held"`
	Rules []Standing `json:"rules"`
}

// open opens the file. A file that does not exist yet is an empty book.
func (p *panel) open() (*approval.Book, error) {
	if p.Book == "" {
		return nil, &wire.Error{Message: "the page was started without a file of held calls", Try: "spectap ui --approvals FILE"}
	}
	if _, err := os.Stat(p.Book); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	b, err := approval.OpenWithKey(p.Book, p.Key, false)
	if err != nil {
		return nil, &wire.Error{Message: err.Error(), Try: "the file that gateway, serve or mcp was started with"}
	}
	return b, nil
}

func (p *panel) list() (List, error) {
	out := List{Book: p.Book, By: p.By, Held: []Held{}, Rules: []Standing{}}
	if p.Book == "" {
		return out, nil
	}
	b, err := p.open()
	if err != nil || b == nil {
		return out, err
	}
	now := time.Now()
	all, err := b.List(now)
	if err != nil {
		return out, err
	}
	for i := range all {
		h := &all[i]
		out.Held = append(out.Held, Held{
			ID: h.ID, State: string(h.State), Tool: h.Tool, Grant: h.Grant, Client: h.Client, Server: h.Server, Created: h.Created, Expires: h.Expires,
			Approvers: max(h.Approvers, 1), Decided: len(h.Decisions),
		})
	}
	slices.Reverse(out.Held) // the newest first
	rules, err := b.Standing(now)
	if err != nil {
		return out, err
	}
	for i := range rules {
		s := &rules[i]
		out.Rules = append(out.Rules, Standing{
			ID: s.ID, State: string(s.State), Tool: s.Tool, Grant: s.Grant, Used: s.Used, Times: s.Times, Expires: s.Expires,
			Lines: approval.DescribeStanding(s),
		})
	}
	return out, nil
}

// held sends the list when it has changed.
func (p *panel) held(ctx context.Context, _ wire.None, _ string, send func(string, List) error) error {
	return wire.SendChanges(ctx, poll, p.list, send)
}

// ID names a held call or an approval by rule.
type ID struct {
	ID string `json:"id"`
}

// Shown is the complete text that a person decides on.
type Shown struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Lines string `json:"lines"`
	// Digest is the digest of Lines. A decision refers to it.
	Digest string `json:"digest"`
	// Own means that the viewer is the requester and cannot approve.
	Own bool `json:"own,omitzero"`
}

func (p *panel) show(_ context.Context, in ID) (Shown, error) {
	b, err := p.existing()
	if err != nil {
		return Shown{}, err
	}
	h, err := b.Get(in.ID, time.Now())
	if err != nil {
		return Shown{}, wire.Readable(err, approval.ErrNotFound, approval.ErrNoRule)
	}
	all, err := b.List(time.Now())
	if err != nil {
		return Shown{}, err
	}
	return Shown{
		ID: h.ID, State: string(h.State), Digest: h.Digest, Own: h.Grant == p.By,
		Lines: approval.DescribeFull(&h, approval.LastLike(all, &h)),
	}, nil
}

func (p *panel) existing() (*approval.Book, error) {
	b, err := p.open()
	if err == nil && b == nil {
		err = &wire.Error{Message: "no call was held yet", NotFound: true}
	}
	return b, err
}

// Verdict is a decision of the person.
type Verdict struct {
	ID      string `json:"id"`
	Digest  string `json:"digest"` // of the call as shown
	Approve bool   `json:"approve"`
	Note    string `json:"note,omitempty"`
}

// State is the state of a call or a rule after a decision.
type State struct {
	State string `json:"state"`
}

func (p *panel) decide(_ context.Context, in Verdict) (State, error) {
	b, err := p.existing()
	if err != nil {
		return State{}, err
	}
	h, err := b.Decide(in.ID, in.Digest, p.decision(in.Approve, in.Note), time.Now())
	return State{string(h.State)}, wire.Readable(err, approval.ErrNotFound, approval.ErrNoRule)
}

func (p *panel) revoke(_ context.Context, in ID) (State, error) {
	b, err := p.existing()
	if err != nil {
		return State{}, err
	}
	s, err := b.Revoke(in.ID, p.decision(false, ""), time.Now())
	return State{string(s.State)}, wire.Readable(err, approval.ErrNotFound, approval.ErrNoRule)
}

func (p *panel) decision(approve bool, note string) approval.Decision {
	return approval.Decision{By: p.By, Approve: approve, Channel: approval.Page, Note: note}
}
