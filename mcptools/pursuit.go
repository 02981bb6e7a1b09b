package mcptools

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
)

// find is a step of a search through flows: what one of them has, or that some were passed.
type find[T any] struct {
	items  []T
	next   flow.Seq // the place behind it, to go on from
	passed int      // flows passed on the way, with this one
}

// kept is a step with items, and where the search went on before those that were passed to come to it.
type kept[T any] struct {
	find[T]
	from flow.Seq
}

// steps are those of a search from a place on, 0 being its beginning.
type steps[T any] func(ctx context.Context, from flow.Seq) iter.Seq2[find[T], error]

// pursuit is a search that goes on for a while when the call that asked for it has been answered: the next call, an
// agent's thought later, mostly finds it done. It stops between two flows, so that a call never waits for a large one.
type pursuit[T any] struct {
	key string

	mu      sync.Mutex    // guards all below
	changed chan struct{} // closed when something below has changed, and then replaced
	found   []kept[T]     // steps with items that no call has taken, the next one first
	items   int           // in them
	passed  int           // flows passed behind the last of them,
	from    flow.Seq      // from this place on
	at      flow.Seq      // the place that it has come to
	given   flow.Seq      // the place that its last caller was told to go on from
	over    bool          // it has come to the end
	err     error
	running bool
	enough  int       // it rests when it has so many items
	until   time.Time // and at this time
}

// pursuits are the searches of one tool that may be asked for more.
type pursuits[T any] struct {
	mu   sync.Mutex // guards all
	kept []*pursuit[T]
}

const (
	// maxPursuits bounds the searches that are kept, and with it what they hold.
	maxPursuits = 8
	// searchAhead is how long a search goes on when its call was answered.
	searchAhead = 2 * time.Second
)

// page is what one call gets of a search.
type page[T any] struct {
	items  []T
	passed int
	over   bool
	next   flow.Seq // the place to go on from, unless it is over
}

// page goes on with the search of that name from a place, for a time, until it has a number of items or more: those of one
// step stay together. Without the caller it goes on until life ends.
func (ps *pursuits[T]) page(ctx, life context.Context, name []string, from flow.Seq, limit int, wait time.Duration, search steps[T]) (page[T], error) {
	end := time.Now().Add(wait)
	p := ps.take(strings.Join(name, "\x00"), from)
	if p == nil {
		p = &pursuit[T]{key: strings.Join(name, "\x00"), at: from, from: from, changed: make(chan struct{})}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		changed := p.goOn(life, search, limit, end.Add(searchAhead))
		if changed == nil {
			break
		}
		select {
		case <-changed:
			continue
		case <-timer.C:
		case <-ctx.Done():
			p.rest(time.Time{})
			return page[T]{}, ctx.Err()
		}
		break
	}
	out, err := p.give(limit)
	if err == nil && !out.over {
		ps.keep(p)
	}
	return out, err
}

// goOn sees to it that the search runs, and returns what tells of its progress; nil when there is nothing to wait for.
func (p *pursuit[T]) goOn(life context.Context, search steps[T], limit int, until time.Time) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.enough, p.until = limit+1, until // one more: whether it goes on behind them
	if p.over || p.err != nil || p.items >= p.enough {
		return nil
	}
	if !p.running {
		p.running = true
		go p.run(search(life, p.at))
	}
	return p.changed
}

// run searches until it is told to rest.
func (p *pursuit[T]) run(search iter.Seq2[find[T], error]) {
	ended := func(err error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.running, p.err = false, err
		p.over = err == nil
		p.tell()
	}
	defer func() { // a defect must not end the session
		if r := recover(); r != nil {
			ended(fmt.Errorf("panic: %v", r))
		}
	}()
	for f, err := range search {
		if err != nil {
			ended(err)
			return
		}
		if !p.note(f) {
			return
		}
	}
	ended(nil)
}

// note takes a step down; false says that it is time to rest.
func (p *pursuit[T]) note(f find[T]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passed += f.passed
	p.at = f.next
	if len(f.items) > 0 {
		f.passed, p.passed = p.passed, 0
		p.found = append(p.found, kept[T]{f, p.from})
		p.from = f.next
		p.items += len(f.items)
	}
	p.running = p.items < p.enough && time.Now().Before(p.until)
	if p.items >= p.enough {
		p.tell()
	}
	return p.running
}

// tell wakes who waits. The caller holds mu.
func (p *pursuit[T]) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// rest bounds how long the search goes on.
func (p *pursuit[T]) rest(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = at
}

// give hands over what was found, up to a number of items.
func (p *pursuit[T]) give(limit int) (page[T], error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out page[T]
	n := 0
	for ; n < len(p.found) && len(out.items) < limit; n++ {
		f := &p.found[n]
		out.items, out.passed = append(out.items, f.items...), out.passed+f.passed
		p.items -= len(f.items)
	}
	p.found = append([]kept[T](nil), p.found[n:]...)
	if len(p.found) > 0 {
		out.next, p.given = p.found[0].from, p.found[0].from
		p.until = time.Time{} // a whole page: what comes behind it may never be asked for
		return out, nil
	}
	if p.err != nil && len(out.items) == 0 {
		return page[T]{}, p.err
	}
	out.passed, p.passed, p.from = out.passed+p.passed, 0, p.at
	out.next, p.given, out.over = p.at, p.at, p.over
	return out, nil
}

// take hands over a search that was left at a place.
func (ps *pursuits[T]) take(key string, at flow.Seq) *pursuit[T] {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for i, p := range ps.kept {
		if p.key == key && p.given == at { // kept: nobody else writes it
			ps.kept = append(ps.kept[:i:i], ps.kept[i+1:]...)
			return p
		}
	}
	return nil
}

func (ps *pursuits[T]) keep(p *pursuit[T]) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if len(ps.kept) == maxPursuits {
		ps.kept[0].rest(time.Time{})
		ps.kept = ps.kept[1:]
	}
	ps.kept = append(ps.kept, p)
}

// rest ends what is searched ahead of calls: another call has come, and shall have the processors.
func (ps *pursuits[T]) rest() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.kept {
		p.rest(time.Time{})
	}
}
