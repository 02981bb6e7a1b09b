// Package hub is the panel Hub of the page: the progress of each source of a hub, gaps, and the
// size of the stored data.
//
// It shows the same as the command store stats for a hub, and changes nothing. It queries the hub
// only while the panel is open. Read panel.go, its only file.
package hub

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/store"
)

const (
	// poll is the polling interval for the hub, and pollModels the interval for the models of
	// workers, which take longer to read.
	poll       = 2 * time.Second
	pollModels = 20 * time.Second
	// maxSources bounds the sources that the page gets: every file of a spool and every import is a
	// source.
	maxSources = 1000
)

// The kinds of stores that are related to a hub.
const (
	Log   = "log"   // a copy of a team's log
	Store = "store" // a worker's, which has the flows of sources
	Spool = "spool" // a proxy's, from which flows are sent to a hub
)

// Config configures the panel. Store is required, except to declare the calls.
type Config struct {
	Store store.Reader
	// Address is that of the hub, "" if the store is a file.
	Address string
	// Log is the log that the store follows, or nil, and Done the progress of the follower.
	Log  relay.Log
	Done func() relay.FollowerStatus
	// Sending is the state of the sender of this store, or nil.
	Sending func() relay.SourceStatus
}

// panel answers the calls. It is safe for concurrent use.
type panel struct{ Config }

// Panel returns the calls and feeds of the panel.
func Panel(c Config) wire.Panel {
	p := &panel{c}
	return wire.Panel{
		Name:  "hub",
		Calls: []wire.Call{wire.NewCall("present", p.present)},
		Feeds: []wire.Feed{wire.NewFeed("state", p.state)},
	}
}

// Present reports whether the store is related to a hub.
type Present struct {
	Kind string `json:"kind"` // "" if not
}

func (p *panel) present(ctx context.Context, _ wire.None) (Present, error) {
	switch {
	case p.Sending != nil:
		return Present{Spool}, nil
	case p.Log != nil:
		return Present{Log}, nil
	}
	st, err := p.Store.Stat(ctx)
	if err != nil || len(st.Sources) == 0 {
		return Present{}, err
	}
	return Present{Store}, nil
}

// Source is the progress of a source. Numbers are record numbers of the source.
type Source struct {
	Name     string `json:"name"`
	Recorded uint64 `json:"recorded"`
	Sent     uint64 `json:"sent"`
	Lag      uint64 `json:"lag"`      // records that are not at the hub
	Released uint64 `json:"released"` // that workers have, so that the source may drop them
	Lost     int64  `json:"lost"`     // flows that the source could not keep or send
	Resent   int64  `json:"resent"`   // how often records were asked for again
	Err      string `json:"err,omitempty"`
	Ended    bool   `json:"ended,omitzero"`
	// Here is the newest record of this store, and Behind the number of records at the hub that it
	// lacks. For a hub's store, and while a hub does not answer, only Here and Seen are known.
	Here   uint64    `json:"here"`
	Behind uint64    `json:"behind"`
	Gap    bool      `json:"gap,omitzero"`  // the hub lost the next records
	Seen   time.Time `json:"seen,omitzero"` // when the source reported last, by its clock, or the store got its records
}

// State is the state of the hub.
type State struct {
	Kind    string `json:"kind"`
	Address string `json:"address,omitempty"`
	// Error is the reason why the hub cannot be queried at present; Sources are then those of the
	// store.
	Error   string   `json:"error,omitempty"`
	Sources []Source `json:"sources"`
	More    int      `json:"more,omitzero"` // sources that are not listed
	// Here are the bytes of this store, Stored those of the log at the hub, and Read how many of
	// these the page's process has read.
	Here   int64  `json:"here"`
	Stored uint64 `json:"stored,omitzero"`
	Read   int64  `json:"read,omitzero"`
	// Models is the number of models that workers keep at the hub, and ModelBytes their size.
	Models     int `json:"models,omitzero"`
	ModelBytes int `json:"model_bytes,omitzero"`
}

func (p *panel) state(ctx context.Context, _ wire.None, _ string, send func(string, State) error) error {
	var models []relay.ModelOverview
	var next time.Time // when the models are read again
	return wire.SendChanges(ctx, poll, func() (State, error) {
		if p.Log != nil && !time.Now().Before(next) {
			if list, err := relay.ReadModels(ctx, p.Log); err == nil { // else again at the next look
				models, next = list, time.Now().Add(pollModels)
			}
		}
		s, err := p.now(ctx)
		for _, m := range models {
			s.Models++
			s.ModelBytes += m.Bytes
		}
		return s, err
	}, send)
}

// now returns the state without the models.
func (p *panel) now(ctx context.Context) (State, error) {
	kind, err := p.present(ctx, wire.None{})
	if err != nil {
		return State{}, err
	}
	st, err := p.Store.Stat(ctx)
	if err != nil {
		return State{}, err
	}
	s := State{Kind: kind.Kind, Address: p.Address, Here: st.Bytes, Sources: []Source{}}
	switch kind.Kind {
	case Spool:
		own := p.Sending()
		own.Recorded, own.At = max(own.Recorded, uint64(st.Last)), time.Time{}
		for _, l := range st.Losses {
			own.Lost += l.Flows
		}
		s.add(own, own.Recorded)
	case Log:
		o, err := p.ask(ctx, st.Sources)
		if err != nil {
			s.Error = err.Error()
			s.addApplied(st.Sources)
			break
		}
		s.Stored, s.Read = o.Stored, o.Read
		for i := range o.Sources {
			s.add(o.Sources[i].SourceStatus, o.Sources[i].Here).Gap = o.Sources[i].Gap
		}
	default:
		s.addApplied(st.Sources)
	}
	s.sort()
	return s, nil
}

// ask queries the hub. Without a connection it sends no queries, since they would queue up.
func (p *panel) ask(ctx context.Context, have map[string]store.Applied) (*relay.Overview, error) {
	if l, ok := p.Log.(interface{ Connected() bool }); ok && !l.Connected() {
		return nil, errors.New("no server of it answers")
	}
	return relay.ReadSources(ctx, p.Log, p.Done(), have)
}

// add adds a source that reports its progress.
func (s *State) add(x relay.SourceStatus, here uint64) *Source {
	s.Sources = append(s.Sources, Source{
		Name: x.Source, Recorded: x.Recorded, Sent: x.Sent, Lag: x.Lag(), Released: x.Released, Lost: x.Lost,
		Resent: x.Resent, Err: x.Err, Ended: x.Ended, Here: here, Behind: x.Sent - min(x.Sent, here), Seen: x.At,
	})
	return &s.Sources[len(s.Sources)-1]
}

// addApplied adds the sources whose flows a store has.
func (s *State) addApplied(have map[string]store.Applied) {
	for name, a := range have {
		s.Sources = append(s.Sources, Source{Name: name, Here: a.Last, Seen: a.At})
	}
}

// sort puts the sources that need attention first, and limits the list.
func (s *State) sort() {
	slices.SortFunc(s.Sources, func(a, b Source) int {
		return cmp.Or(b.trouble()-a.trouble(), cmp.Compare(a.Name, b.Name))
	})
	if n := len(s.Sources); n > maxSources {
		s.Sources, s.More = s.Sources[:maxSources], n-maxSources
	}
}

// trouble returns a measure of how much a source needs attention.
func (s *Source) trouble() int {
	switch {
	case s.Gap || s.Err != "":
		return 3
	case s.Lost > 0:
		return 2
	case s.Lag > 0 && s.Ended:
		return 1
	}
	return 0
}
