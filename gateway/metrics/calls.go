package metrics

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/guard/enforce"
)

// Other is the shared label of names that no policy has, methods that the protocol does not define,
// and series beyond [maxSeries].
const Other = "(other)"

// maxSeries bounds the series of each metric. It stops the growth by a policy whose names keep
// changing.
const maxSeries = 10_000

// methods are the methods with a label. All others share [Other].
var methods = []string{
	"tools/call", "prompts/get", "resources/read", "skills/get", "resources/subscribe", "resources/unsubscribe", "completion/complete",
	"subscriptions/listen", "tasks/get", "tasks/result", "tasks/list", "tasks/cancel", "tasks/update",
	"sampling/createMessage", "elicitation/create", "roots/list", "notifications/message", "notifications/resources/updated",
	"notifications/tasks/status",
}

// MethodOf returns a method of the protocol, and [Other] for any other text of a client.
func MethodOf(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return Other
}

// Calls counts messages that were judged. It is safe for concurrent use. Create it with [NewCalls].
type Calls struct {
	mu        sync.Mutex
	decisions map[series]uint64
	outcomes  map[series]uint64
	malformed map[series]uint64
	upstream  map[series]*histogram
	added     map[series]*histogram
}

// series identifies a series by its labels. Labels that a metric does not have are empty.
type series struct{ server, direction, method, entry, what string }

func (s series) compare(o series) int {
	return cmp.Or(
		strings.Compare(s.server, o.server), strings.Compare(s.direction, o.direction), strings.Compare(s.method, o.method),
		strings.Compare(s.entry, o.entry), strings.Compare(s.what, o.what),
	)
}

// NewCalls returns zero counters.
func NewCalls() *Calls {
	return &Calls{
		decisions: map[series]uint64{}, outcomes: map[series]uint64{}, malformed: map[series]uint64{},
		upstream: map[series]*histogram{}, added: map[series]*histogram{},
	}
}

// Server returns the observer for the guard of a server.
func (c *Calls) Server(name string) func(enforce.Event, *enforce.Verdict) {
	return func(e enforce.Event, _ *enforce.Verdict) { c.count(name, &e) }
}

func (c *Calls) count(server string, e *enforce.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Decision == enforce.EventMalformed {
		c.malformed[series{server: server, direction: e.Direction}]++
		return
	}
	s := series{server: server, direction: e.Direction, method: MethodOf(e.Method), entry: cmp.Or(e.Entry, Other)}
	if e.Decision != "" {
		s.what = e.Decision
		increment(c.decisions, s)
		return
	}
	s.what = e.Outcome
	increment(c.outcomes, s)
	if e.Timed {
		by := series{server: server, method: s.method}
		observe(c.upstream, by, upstreamBounds, e.Upstream)
		observe(c.added, by, addedBounds, e.Added)
	}
}

// increment adds one to a series. With too many series, the name becomes [Other].
func increment(counts map[series]uint64, s series) {
	if _, known := counts[s]; !known && len(counts) >= maxSeries {
		s.entry = Other
	}
	counts[s]++
}

func observe(all map[series]*histogram, s series, bounds []time.Duration, d time.Duration) {
	h := all[s]
	if h == nil {
		h = &histogram{counts: make([]uint64, len(bounds)+1)}
		all[s] = h
	}
	i, _ := slices.BinarySearch(bounds, d)
	h.counts[i]++
	h.sum += d
}

// histogram counts durations by the first bound that they do not exceed.
type histogram struct {
	counts []uint64 // the last one counts durations beyond all bounds
	sum    time.Duration
}

// The bounds of the histograms: of a server's time, which may be minutes, and of the gateway's own
// time, whose targets are 0.3 ms and 2 ms.
var (
	upstreamBounds = []time.Duration{
		time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
		50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second,
		2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute,
	}
	addedBounds = []time.Duration{
		50 * time.Microsecond, 100 * time.Microsecond, 200 * time.Microsecond, 300 * time.Microsecond, 500 * time.Microsecond,
		time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond,
		250 * time.Millisecond, time.Second, 10 * time.Second,
	}
)

// Write adds the metrics to a page.
func (c *Calls) Write(p *Page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.Family("spectap_gateway_decisions_total", Counter,
		"Judged messages by what was decided: allow, deny, hold (waits for a person), or shadow (let through, would be denied).")
	for _, s := range sorted(c.decisions) {
		p.Sample(float64(c.decisions[s]), "server", s.server, "direction", s.direction, "method", s.method, "entry", s.entry, "decision", s.what)
	}
	p.Family("spectap_gateway_outcomes_total", Counter, "Allowed requests by what became of them: result, error, lost, withheld or cancelled.")
	for _, s := range sorted(c.outcomes) {
		p.Sample(float64(c.outcomes[s]), "server", s.server, "direction", s.direction, "method", s.method, "entry", s.entry, "outcome", s.what)
	}
	p.Family("spectap_gateway_malformed_total", Counter, "Messages and HTTP requests that were refused before they were judged.")
	for _, s := range sorted(c.malformed) {
		p.Sample(float64(c.malformed[s]), "server", s.server, "direction", s.direction)
	}
	p.Family("spectap_gateway_upstream_seconds", Histogram, "Time from when a request was sent to the server until its answer came.")
	p.histograms(c.upstream, upstreamBounds)
	p.Family("spectap_gateway_added_seconds", Histogram, "Time that the gateway added to an answered request, without the wait for a person.")
	p.histograms(c.added, addedBounds)
}

func (p *Page) histograms(all map[series]*histogram, bounds []time.Duration) {
	for _, s := range sorted(all) {
		h, labels, n := all[s], []string{"server", s.server, "method", s.method}, uint64(0)
		for i, bound := range bounds {
			n += h.counts[i]
			p.sample("_bucket", float64(n), append(labels[:len(labels):len(labels)], "le", number(bound.Seconds())))
		}
		n += h.counts[len(bounds)]
		p.sample("_bucket", float64(n), append(labels[:len(labels):len(labels)], "le", "+Inf"))
		p.sample("_sum", h.sum.Seconds(), labels)
		p.sample("_count", float64(n), labels)
	}
}

func sorted[V any](all map[series]V) []series {
	return slices.SortedFunc(maps.Keys(all), series.compare)
}
