package mcptools

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// index remembers of each flow what a search filters by, and of each few flows which trigrams their texts have,
// as other tools show them: without secrets. A search then reads the flows alone that can have what it looks for.
// It is built from the newest flow down, as searches need it or by warm, and follows what is appended.
//
// It takes about 350 bytes of memory for a flow. It never says that a flow matches: that is looked up.
type index struct {
	*service

	mu sync.Mutex // guards all below
	// Covered are the record numbers from low to high; bottom says that there is nothing below.
	low, high flow.Seq
	begun     bool
	bottom    bool
	deletions uint64 // of the store, when the index began
	// newer grows upwards from where the index began, older downwards: numbers rise in one and fall in the other.
	newer, older []*block
	flows        int64 // that are in the index, each once
	words        map[string]string
	access       map[string]map[string]*AuthFound // by host, then type
}

// entry is one flow as it was at record last.
type entry struct {
	seq, last           flow.Seq
	started             time.Time
	status              int // 0 without an answer
	method, host, media string
}

// block is a few neighbours and the trigrams of their texts: a Bloom filter with two hashes.
type block struct {
	entries []entry
	bits    [filterBits / 64]uint64
	set     int
}

const (
	filterBits = 8192
	blockFlows = 4
	// fullFilter is how many bits are set before a block ends early, for the sake of its filter.
	fullFilter = filterBits / 2
	// extendBy is how many flows are indexed while others have to wait.
	extendBy = 64
)

func newIndex(s *service) *index {
	return &index{service: s, words: map[string]string{}, access: map[string]map[string]*AuthFound{}}
}

// warm builds the index to the bottom.
func (x *index) warm(ctx context.Context) error {
	for {
		if err := x.catchUp(ctx); err != nil {
			return err
		}
		if done, err := x.extend(ctx); done || err != nil {
			return err
		}
	}
}

// catchUp indexes what was appended.
func (x *index) catchUp(ctx context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	st, err := x.Store.Stat(ctx)
	if err != nil {
		return err
	}
	if st.Deletions != x.deletions || st.Flows < x.flows { // what was read may be gone
		x.deletions = st.Deletions
		x.newer, x.older, x.flows, x.begun, x.bottom = nil, nil, 0, false, false
		x.words, x.access = map[string]string{}, map[string]map[string]*AuthFound{}
	}
	if !x.begun {
		x.begun, x.high, x.low = true, st.Last, st.Last+1
	}
	before := x.high
	var batch []flow.Flow
	flush := func() {
		x.newer = x.add(x.newer, batch)
		for i := range batch {
			if batch[i].Seq > before {
				x.flows++ // else it is a new state of a flow that is there
			}
			x.high = batch[i].Last
		}
		batch = batch[:0]
	}
	for f, err := range x.Store.Scan(ctx, store.Query{After: before}) {
		if err != nil {
			return err
		}
		if batch = append(batch, f); len(batch) == extendBy {
			flush()
		}
	}
	flush()
	return nil
}

// extend indexes some flows below; done says that there are no more.
func (x *index) extend(ctx context.Context) (done bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.bottom {
		return true, nil
	}
	var batch []flow.Flow
	if x.low > 1 {
		for f, err := range x.Store.Scan(ctx, store.Query{Newest: true, Until: x.low - 1, Limit: extendBy}) {
			if err != nil {
				return false, err
			}
			batch = append(batch, f)
		}
	}
	x.older = x.add(x.older, batch)
	x.flows += int64(len(batch))
	if len(batch) > 0 {
		x.low = batch[len(batch)-1].Last
	}
	x.bottom = len(batch) < extendBy
	return x.bottom, nil
}

// look is what a flow shows without its secrets.
type look struct {
	parts  []part
	access map[string][]string
}

// looks redacts flows, which is what indexing costs, on all processors.
func (x *index) looks(fs []flow.Flow) []look {
	out := make([]look, len(fs))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(fs)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(fs); i = int(next.Add(1)) - 1 {
				out[i] = x.lookAt(&fs[i])
			}
		})
	}
	wg.Wait()
	return out
}

// lookAt looks at one flow. One that a defect keeps from being read shows nothing: the others must be found.
func (x *index) lookAt(f *flow.Flow) (l look) {
	defer func() {
		if p := recover(); p != nil {
			x.Log.Error("flow not indexed", "flow", uint64(f.Seq), "panic", x.hush(fmt.Errorf("%v", p)))
		}
	}()
	r := x.Redact.Flow(*f)
	return look{parts(&r), authOf(&r)}
}

// add puts flows behind those of a list. The caller holds mu.
func (x *index) add(list []*block, fs []flow.Flow) []*block {
	for i, l := range x.looks(fs) {
		f := &fs[i]
		e := entry{seq: f.Seq, last: f.Last, started: f.Started, method: x.word(f.Request.Method), host: x.word(f.Request.Authority)}
		if f.Response != nil {
			e.status, e.media = f.Response.Status, x.word(f.Response.Header.MediaType())
		}
		var b *block
		if n := len(list); n > 0 && len(list[n-1].entries) < blockFlows && list[n-1].set < fullFilter {
			b = list[n-1]
		} else {
			b = &block{}
			list = append(list, b)
		}
		b.entries = append(b.entries, e)
		for _, p := range l.parts {
			b.addPart(p)
		}
		x.noteAccess(e, l.access)
	}
	return list
}

// word keeps one copy of a text that many flows have.
func (x *index) word(s string) string {
	if w, ok := x.words[s]; ok {
		return w
	}
	s = strings.Clone(s)
	x.words[s] = s
	return s
}

func (x *index) noteAccess(e entry, found map[string][]string) {
	for typ, signals := range found {
		host := x.access[e.host]
		if host == nil {
			host = map[string]*AuthFound{}
			x.access[e.host] = host
		}
		if host[typ] == nil {
			host[typ] = &AuthFound{Detected: true, Signals: []string{}, Flows: []uint64{}}
		}
		host[typ].add(signals, uint64(e.seq))
	}
}

// may says whether one of the block's flows can have all of the trigrams.
func (b *block) may(tris [][2]int) bool {
	for _, t := range tris {
		if b.bits[t[0]/64]&(1<<(t[0]%64)) == 0 || b.bits[t[1]/64]&(1<<(t[1]%64)) == 0 {
			return false
		}
	}
	return true
}

// probe selects entries.
type probe struct {
	hosts []string // nil: all
	tris  [][2]int
	wants func(*entry) bool // nil: all
}

func (p *probe) takes(e *entry) bool {
	return (p.hosts == nil || slices.Contains(p.hosts, e.host)) && (p.wants == nil || p.wants(e))
}

// walk gathers the entries that can match, up to n.
type walk struct {
	*probe
	skip   func(*entry) bool
	n      int
	out    []entry
	passed int      // entries passed or taken
	next   flow.Seq // the first that there was no room for; 0 when there was room for all
}

// block visits the entries of a block, from its end when backward; it says whether there is room for more.
func (w *walk) block(b *block, backward bool) bool {
	may := b.may(w.tris)
	for i := range b.entries {
		e := &b.entries[i]
		if backward {
			e = &b.entries[len(b.entries)-1-i]
		}
		if w.skip(e) {
			continue
		}
		if may && w.takes(e) {
			if len(w.out) == w.n {
				w.next = e.last
				return false
			}
			w.out = append(w.out, *e)
		}
		w.passed++
	}
	return true
}

// through visits blocks that were gathered the other way round, and then those gathered this way.
func (w *walk) through(back, forth []*block) {
	for _, b := range slices.Backward(back) {
		if !w.block(b, true) {
			return
		}
	}
	for _, b := range forth {
		if !w.block(b, false) {
			return
		}
	}
}

// candidates returns up to n entries that can match, going down from record number from (0: the newest), how many
// it passed or took, and the number to go on from; 0 when it came to the end of what is covered.
func (x *index) candidates(p *probe, from flow.Seq, n int) (out []entry, passed int, next flow.Seq) {
	x.mu.Lock()
	defer x.mu.Unlock()
	w := walk{probe: p, n: n, skip: func(e *entry) bool { return from != 0 && e.last > from }}
	w.through(x.newer, x.older)
	return w.out, w.passed, w.next
}

// rising is candidates from the oldest flow up, after a record number. It has an answer only when all is covered.
func (x *index) rising(p *probe, after flow.Seq, n int) (out []entry, passed int, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.bottom {
		return nil, 0, false
	}
	w := walk{probe: p, n: n, skip: func(e *entry) bool { return e.last <= after }}
	w.through(x.older, x.newer)
	return w.out, w.passed, true
}

// covered is the lowest number that is indexed, and whether that is all.
func (x *index) covered() (low flow.Seq, bottom bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.low, x.bottom
}
