package mcptools

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// index remembers of each flow what a search filters by, and of each few flows which trigrams their texts have,
// as other tools show them: without secrets. A search then reads the flows alone that can have what it looks for.
// It is built from the newest flow down, as searches need it or by warm, and follows what is appended.
//
// It takes about 350 bytes of memory for a flow. It never says that a flow matches: that is looked up.
type index struct {
	*service

	building sync.Mutex // held by the one that adds; taken before mu

	mu sync.Mutex // guards all below, for short times: looking at flows takes place without it
	// Covered are the record numbers from low to high; bottom says that there is nothing below.
	low, high flow.Seq
	begun     bool
	build     *build // that is under way
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

// block is a few neighbours and the grams of their texts.
type block struct {
	entries []entry
	before  int // entries in the blocks before it
	filter  filter
	set     int // bits of trigrams in it
}

// filter is the grams of some texts: a Bloom filter with two hashes, and behind it a bit for each byte.
type filter [(trigramBits + 256) / 64]uint64

const (
	trigramBits = 8192
	blockFlows  = 4
	// fullFilter is how many bits are set before a block ends early, for the sake of its filter.
	fullFilter = trigramBits / 2
	// extendBy and extendBytes bound what is indexed while another who adds has to wait.
	extendBy    = 64
	extendBytes = 512 << 10
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

// maxBuild bounds how long the index is built for a call that did not wait for it.
const maxBuild = time.Minute

// build is the index being built while nobody waits for it.
type build struct {
	done chan struct{}
	err  error // once it is done
}

// inBackground sees to it that the index is built.
func (x *index) inBackground() *build {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.build != nil {
		return x.build
	}
	b := &build{done: make(chan struct{})}
	x.build = b
	ctx, cancel := context.WithTimeout(x.life, maxBuild)
	go func() {
		defer cancel()
		b.err = x.warm(ctx)
		x.mu.Lock()
		x.build = nil
		x.mu.Unlock()
		close(b.done)
	}()
	return b
}

// await waits for a time until all that is in the store is indexed.
func (x *index) await(ctx context.Context, wait time.Duration) error {
	b := x.inBackground()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-b.done:
		return b.err
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// catchUp indexes what was appended.
func (x *index) catchUp(ctx context.Context) error {
	x.building.Lock()
	defer x.building.Unlock()
	st, err := x.Store.Stat(ctx)
	if err != nil {
		return err
	}
	before := x.begin(&st)
	var batch []flow.Flow
	bytes := 0
	flush := func() {
		seen := x.looks(batch)
		x.mu.Lock()
		defer x.mu.Unlock()
		x.newer = x.add(x.newer, batch, seen)
		for i := range batch {
			if batch[i].Seq > before {
				x.flows++ // else it is a new state of a flow that is there
			}
			x.high = batch[i].Last
		}
		batch, bytes = batch[:0], 0
	}
	for f, err := range x.Store.Scan(ctx, store.Query{After: before}) {
		if err != nil {
			return err
		}
		batch, bytes = append(batch, f), bytes+bodyBytes(&f)
		if len(batch) == extendBy || bytes >= extendBytes {
			flush()
		}
	}
	flush()
	return nil
}

// begin forgets all when what was read may be gone, and returns the highest number that is indexed. The caller holds
// building.
func (x *index) begin(st *store.Stat) flow.Seq {
	x.mu.Lock()
	defer x.mu.Unlock()
	if st.Deletions != x.deletions || st.Flows < x.flows {
		x.deletions = st.Deletions
		x.newer, x.older, x.flows, x.begun, x.bottom = nil, nil, 0, false, false
		x.words, x.access = map[string]string{}, map[string]map[string]*AuthFound{}
	}
	if !x.begun {
		x.begun, x.high, x.low = true, st.Last, st.Last+1
	}
	return x.high
}

func bodyBytes(f *flow.Flow) int {
	n := len(f.Request.Body.Data)
	if f.Response != nil {
		n += len(f.Response.Body.Data)
	}
	for i := range f.Messages {
		n += len(f.Messages[i].Data)
	}
	return n
}

// extend indexes some flows below; done says that there are no more.
func (x *index) extend(ctx context.Context) (done bool, err error) {
	x.building.Lock()
	defer x.building.Unlock()
	low, bottom := x.covered()
	if bottom {
		return true, nil
	}
	var batch []flow.Flow
	bytes, more := 0, false
	if low > 1 {
		for f, err := range x.Store.Scan(ctx, store.Query{Newest: true, Until: low - 1, Limit: extendBy}) {
			if err != nil {
				return false, err
			}
			batch, bytes = append(batch, f), bytes+bodyBytes(&f)
			if more = len(batch) == extendBy || bytes >= extendBytes; more {
				break
			}
		}
	}
	seen := x.looks(batch)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.older = x.add(x.older, batch, seen)
	x.flows += int64(len(batch))
	if len(batch) > 0 {
		x.low = batch[len(batch)-1].Last
	}
	x.bottom = !more
	return x.bottom, nil
}

// look is what a flow shows without its secrets.
type look struct {
	filter filter
	access map[string][]string
}

// looks redacts flows, which is what indexing costs, on all processors but one, which is left to calls.
func (x *index) looks(fs []flow.Flow) []look {
	out := make([]look, len(fs))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(max(1, runtime.GOMAXPROCS(0)-1), len(fs)) {
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
	for _, p := range view.Texts(&r) {
		for s := range p.Forms() {
			l.filter.addText(s)
		}
	}
	l.access = authOf(&r)
	return l
}

// add puts flows, as they look, behind those of a list. The caller holds building and mu.
func (x *index) add(list []*block, fs []flow.Flow, seen []look) []*block {
	for i, l := range seen {
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
			if n > 0 {
				b.before = list[n-1].before + len(list[n-1].entries)
			}
			list = append(list, b)
		}
		b.entries = append(b.entries, e)
		b.join(&l.filter)
		x.noteAccess(e, l.access)
	}
	return list
}

// join adds the grams of a flow.
func (b *block) join(f *filter) {
	b.set = 0
	for i := range f {
		b.filter[i] |= f[i]
		if i < trigramBits/64 {
			b.set += bits.OnesCount64(b.filter[i])
		}
	}
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
