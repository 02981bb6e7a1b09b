// Package rules is the panel Rules of the page: a person changes traffic on its way through the
// proxy, as the command rules does.
//
// The page is the person's: an agent has neither its link nor its cookie, and a page of another
// origin cannot call it. Read panel.go, its only file.
package rules

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// Config configures the panel.
type Config struct {
	// Store keeps the rules. It is required, except to declare the calls.
	Store store.Models
}

// poll is the polling interval for the rules.
const poll = time.Second

// panel answers the calls. It is safe for concurrent use.
type panel struct{ Config }

// Panel returns the calls and feeds of the panel.
func Panel(c Config) wire.Panel {
	p := &panel{c}
	return wire.Panel{
		Name: "rules",
		Calls: []wire.Call{wire.NewCall("add", p.add), wire.NewCall("remove", p.remove), wire.NewCall("turn", p.turn),
			wire.NewCall("message", p.message), wire.NewCall("decide", p.decide)},
		Feeds: []wire.Feed{wire.NewFeed("state", p.state)},
	}
}

// Listed is a rule in the list.
type Listed struct {
	ID      string `json:"id"`
	Selects string `json:"selects"`
	Does    string `json:"does"`
	On      bool   `json:"on"`
	Matched int64  `json:"matched"` // since the proxy started
}

// State is the content of the panel.
type State struct {
	// Proxy means that a proxy serves the store; without one nothing is held or counted.
	Proxy   bool         `json:"proxy"`
	Problem string       `json:"problem"` // why the rules cannot be read, or ""
	Rules   []Listed     `json:"rules"`
	Held    []rules.Held `json:"held"` // without their texts
}

func (p *panel) state(ctx context.Context, _ wire.None, _ string, send func(string, State) error) error {
	return wire.SendChanges(ctx, poll, func() (State, error) { return p.look(ctx), nil }, send)
}

func (p *panel) look(ctx context.Context) State {
	var out State
	list, err := rules.Read(ctx, p.Store)
	if err != nil {
		out.Problem = err.Error()
	}
	live, err := rules.ReadState(ctx, p.Store)
	out.Proxy, out.Held = err == nil, live.Held
	for _, r := range list {
		out.Rules = append(out.Rules, Listed{r.ID, r.Selects(), r.Does(), !r.Off, live.Matched[r.ID]})
	}
	return out
}

// ID names a rule.
type ID struct {
	ID string `json:"id"`
}

// add adds a rule, and names it.
func (p *panel) add(ctx context.Context, r rules.Rule) (out ID, err error) {
	r.Filter = strings.TrimSpace(r.Filter)
	err = rules.Save(ctx, p.Store, func(list []rules.Rule) ([]rules.Rule, error) {
		out.ID = rules.FreeID(list, r.Action)
		r.ID = out.ID
		next, _, err := rules.With(list, r)
		return next, err
	})
	return out, wire.Readable(err)
}

func (p *panel) remove(ctx context.Context, in ID) (wire.None, error) {
	return wire.None{}, wire.Readable(rules.Save(ctx, p.Store, func(list []rules.Rule) ([]rules.Rule, error) {
		next, had := rules.Without(list, in.ID)
		if !had {
			return nil, errors.New("the rule is gone")
		}
		return next, nil
	}))
}

// Turn switches rules.
type Turn struct {
	ID string `json:"id"` // "" for all
	On bool   `json:"on"`
}

func (p *panel) turn(ctx context.Context, in Turn) (wire.None, error) {
	return wire.None{}, wire.Readable(rules.Save(ctx, p.Store, func(list []rules.Rule) ([]rules.Rule, error) {
		ids := []string{in.ID}
		if in.ID == "" {
			ids = nil
		}
		next, unknown := rules.Switch(list, !in.On, ids...)
		if unknown != "" {
			return nil, errors.New("the rule is gone")
		}
		return next, nil
	}))
}

// Number names a held message.
type Number struct {
	ID int `json:"id"`
}

// Message is a held message with placeholders instead of its secrets.
type Message struct {
	Text   string `json:"text"`
	NoBody string `json:"no_body"` // why the body is not in it, and stays as it is
}

func (p *panel) message(ctx context.Context, in Number) (Message, error) {
	h, err := rules.ReadHeld(ctx, p.Store, in.ID)
	return Message{h.Text, h.NoBody}, wire.Readable(err)
}

func (p *panel) decide(ctx context.Context, in rules.Decision) (wire.None, error) {
	return wire.None{}, wire.Readable(rules.Decide(ctx, p.Store, in))
}
