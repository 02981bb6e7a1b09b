// Package mock answers requests as a recorded API did, and remembers what they change.
//
// New learns from flows and a document. It finds the collections of the API: which member of an
// item is the key, which operations create, read, list, change and delete items, which members the
// server computes, and which query parameters filter, sort and page. The state begins as the
// recording ends. What no collection explains is answered with the nearest recorded answer of the
// operation, and the header X-Spectap-Mock says which it is.
//
// Flows must be redacted: recorded values are served. The package guesses no effect that no flow
// shows: it knows no verbs and no rules between collections.
//
// Read mock.go first, then learn.go and serve.go.
package mock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi/check"
)

// Bounds of what is learned and kept.
const (
	maxFlows    = 20_000
	maxBytes    = 128 << 20 // of bodies
	maxLearning = 2 * time.Minute
	maxSessions = 64
	maxState    = 16 << 20 // bytes that clients made in a state
	maxBody     = 16 << 20
)

// Config configures a [Mock]. Doc is required.
type Config struct {
	// Doc must be resolved, as openapi.Load returns it.
	Doc *openapi3.T
	// Flows are redacted flows with responses, the newest first; nil if there are none.
	Flows iter.Seq2[flow.Flow, error]
	// Redact hides values of requests as those of Flows are hidden, so that equal values are equal.
	// Nil hides none.
	Redact func(flow.Flow) flow.Flow
	// Empty begins without the items of the recording.
	Empty bool
	// AtStart begins with the items that were there before the recording.
	AtStart bool
	// Seed, unless nil, makes runs equal: identifiers, and times, which begin where the flows end.
	Seed *uint64
	// Latency delays answers as the recorded ones were.
	Latency bool
}

// Mock serves an API. It implements http.Handler.
type Mock struct {
	c       Config
	checker *check.Checker
	learned
	newest time.Time
	read   int
	cut    bool // older flows were left out

	mu       sync.Mutex // guards the rest
	start    world      // states copy it
	sessions []*state   // the least recently used first
}

// state is what one client sees.
type state struct {
	name  string
	mu    sync.Mutex // guards the rest
	world world
	size  int // of the items that were made
	rand  *rand.Rand
	ticks time.Duration
}

// ErrNothing reports that there is nothing to answer from.
var ErrNothing = errors.New("there is neither a recorded flow of the API nor an example in the document")

// New learns a mock.
func New(ctx context.Context, c Config) (*Mock, error) {
	m := &Mock{c: c}
	var err error
	if m.checker, err = check.New(c.Doc, check.Config{}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, maxLearning)
	defer cancel()
	all, err := m.exchanges(ctx)
	if err != nil {
		return nil, err
	}
	if m.read = len(all); m.read == 0 {
		return nil, ErrNothing
	}
	if m.start, err = m.learn(ctx, all); err != nil {
		return nil, fmt.Errorf("learn from %d flows: %w", len(all), err)
	}
	if c.Empty {
		clear(m.start)
	}
	return m, nil
}

// exchanges reads the flows, oldest first, or else the examples of the document.
func (m *Mock) exchanges(ctx context.Context) (all []*exchange, err error) {
	if m.c.Flows == nil {
		return m.examples(), nil
	}
	size := 0
	for f, err := range m.c.Flows {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return nil, fmt.Errorf("read flows: %w", err)
		}
		size += len(f.Request.Body.Data) + len(f.Response.Body.Data)
		if m.cut = len(all) >= maxFlows || size > maxBytes; m.cut {
			break
		}
		m.newest = slices.MaxFunc([]time.Time{m.newest, f.Started}, time.Time.Compare)
		all = append(all, m.exchange(&f))
	}
	slices.Reverse(all)
	return all, nil
}

// String says what was learned, for people.
func (m *Mock) String() string {
	out := fmt.Sprintf("%d exchanges", m.read)
	if m.cut {
		out += " without older ones"
	}
	for i, r := range m.resources {
		out += map[bool]string{true: "; collections: ", false: ", "}[i == 0] + r.parent
	}
	return out
}

// state returns the state of a session. The caller locks it.
func (m *Mock) state(session string) *state {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.sessions, func(s *state) bool { return s.name == session })
	if i < 0 {
		seed := rand.Uint64()
		if m.c.Seed != nil {
			seed = *m.c.Seed
		}
		i = len(m.sessions)
		m.sessions = append(m.sessions, &state{name: session, world: m.start.clone(), rand: rand.New(rand.NewPCG(seed, seed))})
	}
	s := m.sessions[i]
	m.sessions = append(slices.Delete(m.sessions, i, i+1), s)
	m.sessions = m.sessions[max(len(m.sessions)-maxSessions, 0):]
	return s
}

// now returns the time for an answer. With a seed it is a second after that of the last one.
func (m *Mock) now(s *state) time.Time {
	if m.c.Seed == nil {
		return time.Now()
	}
	s.ticks += time.Second
	return m.newest.Add(s.ticks)
}

// Save returns the state of requests without a session.
func (m *Mock) Save() []byte {
	s := m.state("")
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(encode(s.world), '\n')
}

// Load makes a state that Save returned that of the start.
func (m *Mock) Load(data []byte) error {
	w, err := decodeWorld(data)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.start, m.sessions = w, nil
	return nil
}
