// Package guard is the panel Guard of the page: the requests that a proxy with a guard
// denied, and the grants, the pins and the audit of gateways.
//
// It shows the same as the commands grant, pins and audit, and decides under the same conditions: a
// decision applies to the displayed entry, and is refused if that has changed. It makes no grants,
// because a token is shown once, where the person asks for it. The page is the person's: an agent
// has neither its link nor its cookie, and a page of another origin cannot call it.
//
// Read panel.go first.
package guard

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// Config configures the panel. Each file may be "": the page was started without it.
type Config struct {
	Grants, Pins, Audit string
	// Policy is the file of the policy, which a person may change, or "".
	Policy string
	// Store has the requests that guards denied, and Redact removes secrets from them. Guards means
	// that the command has a guard.
	Store  store.Reader
	Redact interface {
		Path(string) string
		Text(string) string
	} // safe for concurrent use
	Guards bool
	// Trust holds the keys that may have signed the audit; with nil only the chain is checked.
	Trust *audit.Trust
	// By is the person who decides, as [approval.User] returns it.
	By string
}

// poll is the polling interval for the files.
const poll = time.Second

// panel answers the calls. It is safe for concurrent use.
type panel struct {
	Config
	mu    sync.Mutex
	edits map[string]edit // of the policy, by the version that each made
}

// Panel returns the calls and feeds of the panel.
func Panel(c Config) wire.Panel {
	p := &panel{Config: c, edits: map[string]edit{}}
	return wire.Panel{
		Name: "guard",
		Calls: []wire.Call{wire.NewCall("present", p.present),
			wire.NewCall("revoke", p.revoke), wire.NewCall("definition", p.definition), wire.NewCall("decide", p.decide), wire.NewCall("verify", p.verify),
			wire.NewCall("change", p.change),
		},
		Feeds: []wire.Feed{wire.NewFeed("state", p.state), wire.NewFeed("records", p.records), wire.NewFeed("denials", p.denials)},
	}
}

// Grant is a grant, without its hash.
type Grant struct {
	Name    string    `json:"name"`
	Version string    `json:"version"` // changes with everything that the grant allows
	Created time.Time `json:"created"`
	Expires string    `json:"expires,omitempty"` // a time
	Expired bool      `json:"expired,omitzero"`
	Claims  []string  `json:"claims"`
	Policy  string    `json:"policy,omitempty"`
	Tools   []string  `json:"tools"`
}

// Pin is a definition that was seen.
type Pin struct {
	Ref    string    `json:"ref"`
	Server string    `json:"server"`
	Kind   string    `json:"kind"`
	Name   string    `json:"name"`
	Status string    `json:"status"`
	Hash   string    `json:"hash"`
	Since  time.Time `json:"since"`
}

// Present reports whether the page was started with one of the files.
type Present struct {
	Present bool `json:"present"`
}

func (p *panel) present(context.Context, wire.None) (Present, error) {
	return Present{p.Grants+p.Pins+p.Audit+p.Policy != "" || p.Guards}, nil
}

// State is the content of the files of grants and pins.
type State struct {
	GrantsFile  string  `json:"grants_file"`
	GrantsError string  `json:"grants_error,omitempty"`
	Grants      []Grant `json:"grants"`
	PinsFile    string  `json:"pins_file"`
	PinsError   string  `json:"pins_error,omitempty"`
	Pins        []Pin   `json:"pins"` // those that wait first
	AuditFile   string  `json:"audit_file"`
	// Guards means that there may be denials.
	Guards bool `json:"guards"`
}

// exists reports whether a file exists. A file that a gateway has not written yet counts as empty.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func (p *panel) now() State {
	s := State{GrantsFile: p.Grants, PinsFile: p.Pins, AuditFile: p.Audit, Guards: p.Guards || p.Policy != "", Grants: []Grant{}, Pins: []Pin{}}
	if p.Grants != "" && exists(p.Grants) {
		grants, err := p.listGrants()
		s.Grants, s.GrantsError = grants, text(err)
	}
	if p.Pins != "" && exists(p.Pins) {
		_, all, err := p.openPins()
		s.PinsError = text(err)
		for i := range all {
			s.Pins = append(s.Pins, listed(&all[i]))
		}
		slices.SortStableFunc(s.Pins, func(a, b Pin) int { return order[a.Status] - order[b.Status] })
	}
	return s
}

// order sorts waiting definitions first, then rejected, then accepted ones.
var order = map[string]int{pin.Suspect.String(): 0, pin.Changed.String(): 0, pin.New.String(): 1, pin.Rejected.String(): 2, pin.Accepted.String(): 3}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// state sends the content of the files whenever it changes.
func (p *panel) state(ctx context.Context, _ wire.None, _ string, send func(string, State) error) error {
	return wire.SendChanges(ctx, poll, func() (State, error) { return p.now(), nil }, send)
}

func (p *panel) openGrants() (*grant.Book, error) {
	if p.Grants == "" {
		return nil, &wire.Error{Message: "the page was started without a file of grants", Try: "spectap ui --grants FILE"}
	}
	b, err := grant.Open(p.Grants)
	if err != nil {
		return nil, &wire.Error{Message: err.Error(), Try: "the file that spectap gateway --grants was started with"}
	}
	b.By = p.By
	return b, nil
}

func (p *panel) listGrants() ([]Grant, error) {
	b, err := p.openGrants()
	if err != nil {
		return []Grant{}, err
	}
	all, err := b.List()
	out := []Grant{}
	now := time.Now()
	for i := range all {
		g := &all[i]
		x := Grant{Name: g.Name, Version: g.Version(), Created: g.Created, Expired: g.IsExpired(now), Claims: []string{}, Policy: g.Policy, Tools: g.Tools}
		if !g.Expires.IsZero() {
			x.Expires = g.Expires.Format(time.RFC3339)
		}
		for _, c := range g.Claims {
			x.Claims = append(x.Claims, c.Name+"="+c.Value)
		}
		out = append(out, x)
	}
	return out, err
}

// GrantID names a grant as it was shown.
type GrantID struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// revoke removes a grant.
func (p *panel) revoke(_ context.Context, in GrantID) (done wire.None, err error) {
	b, err := p.openGrants()
	if err != nil {
		return done, err
	}
	all, err := b.List()
	if err != nil {
		return done, wire.Readable(err)
	}
	i := slices.IndexFunc(all, func(g grant.Grant) bool { return g.Name == in.Name })
	switch {
	case i < 0:
		return done, &wire.Error{Message: "there is no such grant any more", NotFound: true}
	case all[i].Version() != in.Version:
		return done, &wire.Error{Message: "nothing was revoked: the grant has changed since it was shown", Try: "look at it again"}
	}
	return done, wire.Readable(b.Revoke(in.Name, time.Now()))
}

func (p *panel) openPins() (*pin.Book, []pin.Entry, error) {
	if p.Pins == "" {
		return nil, nil, &wire.Error{Message: "the page was started without a file of pins", Try: "spectap ui --pins FILE"}
	}
	b, err := pin.OpenBook(p.Pins)
	if err != nil {
		return nil, nil, &wire.Error{Message: err.Error(), Try: "the file that spectap gateway --pins or serve --pins writes"}
	}
	all, err := b.Entries()
	return b, all, wire.Readable(err)
}

func listed(e *pin.Entry) Pin {
	v := cmp.Or(e.Waiting, e.Pinned)
	return Pin{e.Ref(), e.Server, string(e.Kind), e.Name, e.Status().String(), v.Hash, v.Since}
}

// PinID names a definition.
type PinID struct {
	Ref string `json:"ref"`
}

// Definition describes a pinned definition in full.
type Definition struct {
	Pin     Pin         `json:"pin"`
	Changes []PinChange `json:"changes"` // the most important first
	// Accepted and Waiting are the definitions as JSON, or "" if there is none.
	Accepted string `json:"accepted"`
	Waiting  string `json:"waiting"`
}

// PinChange is a difference between the accepted and the waiting definition.
type PinChange struct {
	Weight string `json:"weight"`
	Path   string `json:"path"`
	Why    string `json:"why"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
}

// maxSide bounds a side of a change, and aroundChange the common context before and after it, in
// characters.
const (
	maxSide      = 4000
	aroundChange = 200
)

func find(all []pin.Entry, ref string) (*pin.Entry, error) {
	i := slices.IndexFunc(all, func(e pin.Entry) bool { return e.Ref() == ref })
	if i < 0 {
		return nil, &wire.Error{Message: "there is no such pin any more", NotFound: true}
	}
	return &all[i], nil
}

// definition returns a definition and its differences from the accepted one.
func (p *panel) definition(_ context.Context, in PinID) (Definition, error) {
	_, all, err := p.openPins()
	if err != nil {
		return Definition{}, err
	}
	e, err := find(all, in.Ref)
	if err != nil {
		return Definition{}, err
	}
	out := Definition{Pin: listed(e), Changes: []PinChange{}}
	if e.Pinned != nil {
		out.Accepted = string(e.Pinned.Definition)
	}
	if e.Waiting == nil {
		return out, nil
	}
	out.Waiting = string(e.Waiting.Definition)
	for _, c := range pin.Compare(e, all) {
		was, now := visible.Differing(c.Old, c.New, aroundChange)
		out.Changes = append(out.Changes, PinChange{c.Weight.String(), c.Path, c.Why, visible.BothEnds(was, maxSide), visible.BothEnds(now, maxSide)})
	}
	return out, nil
}

// Verdict is a decision on a definition as it was shown.
type Verdict struct {
	Ref    string `json:"ref"`
	Hash   string `json:"hash"`
	Accept bool   `json:"accept"`
}

func (p *panel) decide(_ context.Context, in Verdict) (done wire.None, err error) {
	b, all, err := p.openPins()
	if err != nil {
		return done, err
	}
	e, err := find(all, in.Ref)
	if err != nil {
		return done, err
	}
	moved := &wire.Error{Message: "nothing was decided: the server has described it differently since it was shown", Try: "look at it again"}
	if e.Waiting == nil || in.Hash == "" || e.Waiting.Hash != in.Hash {
		return done, moved
	}
	if err = b.Decide(e, in.Hash, in.Accept, p.By); errors.Is(err, pin.ErrMoved) {
		return done, moved
	}
	return done, wire.Readable(err)
}
