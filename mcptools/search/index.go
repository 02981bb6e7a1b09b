package search

import (
	"context"
	"iter"
	"math/bits"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/store"
)

// Redactor removes secrets.
type Redactor interface {
	// Flow returns f without secrets. It must not change what f points to.
	Flow(f flow.Flow) flow.Flow
}

// Observer collects further facts about the indexed flows.
type Observer interface {
	// Observe examines a flow and the same flow without secrets. It may be called from several
	// goroutines. If commit is not nil, the index calls it once, for one flow at a time, and
	// stores its result in the flow's [Entry].
	Observe(original, redacted *flow.Flow) (commit func() (mark uint32))
	// Reset discards all facts: flows were deleted, and the index starts again.
	Reset()
}

// Config configures an [Index].
type Config struct {
	// Store holds the flows. Required.
	Store store.Reader
	// Redactor removes secrets before a flow is indexed. Required.
	Redactor Redactor
	// Texts yields the texts of a redacted flow, in each form in which they may be looked for.
	// Required.
	Texts func(f *flow.Flow) iter.Seq[string]
	// Observer, unless nil, sees each indexed flow.
	Observer Observer
	// Failed, unless nil, is called if Redactor, Texts or Observer panics. The flow is indexed
	// without texts.
	Failed func(id flow.Seq, panicked any)
}

// Index holds the properties of each flow that a [Filter] can test, and a Bloom filter of trigrams
// for each block of a few flows. It is built from the newest flow down, when a search needs it or
// by [Index.Build], and follows the store. All methods may be called from any goroutine.
//
// It uses about 400 bytes of memory per flow.
type Index struct {
	Config
	life context.Context // ends background builds

	building sync.Mutex // held while flows are added; locked before mu

	mu sync.Mutex // guards the fields below; not held while flows are read
	// The index covers the records from low to high. complete means that there are no flows below
	// low.
	low, high flow.Seq
	started   bool
	build     *build // the running background build, or nil
	complete  bool
	deletions uint64 // the store's count when the index started
	// The index grows in two directions from where it started. Record numbers ascend in newer and
	// descend in older.
	newer, older []*block
	known        seqSet            // the indexed flows
	flows        int64             // number of known
	interned     map[string]string // one copy of each method, host and media type
}

// block is a few neighboring flows with a common Bloom filter.
type block struct {
	entries []Entry
	before  int // number of entries in the preceding blocks
	filter  bloomFilter
	set     int // number of trigram bits set
}

const (
	blockFlows = 4
	// fullFilter is the number of trigram bits at which a block is full, even with fewer flows.
	fullFilter = trigramBits / 2
	// batchFlows and batchBytes limit the flows that are added while others who add must wait.
	batchFlows = 64
	batchBytes = 512 << 10
	// maxBuild limits a background build.
	maxBuild = time.Minute
)

// New returns an empty index. ctx ends its background builds.
func New(ctx context.Context, c Config) *Index {
	return &Index{Config: c, life: ctx, known: seqSet{}, interned: map[string]string{}}
}

// Build indexes the complete store.
func (x *Index) Build(ctx context.Context) error {
	for {
		if err := x.Update(ctx); err != nil {
			return err
		}
		if done, err := x.extend(ctx); done || err != nil {
			return err
		}
	}
}

// build is a background build.
type build struct {
	done chan struct{}
	err  error // set before done is closed
}

// startBuild starts a background build unless one is running.
func (x *Index) startBuild() *build {
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
		b.err = x.Build(ctx)
		x.mu.Lock()
		x.build = nil
		x.mu.Unlock()
		close(b.done)
	}()
	return b
}

// Wait builds the index in the background and waits until it is complete, but no longer than
// timeout, except that it waits for the first flows.
func (x *Index) Wait(ctx context.Context, timeout time.Duration) error {
	b := x.startBuild()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-b.done:
		return b.err
	case <-timer.C:
		if err := x.Update(ctx); err != nil {
			return err
		}
		if n, complete := x.Covered(0); n > 0 || complete {
			return nil
		}
		_, err := x.extend(ctx)
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Covered returns the number of indexed flows, and whether they are all flows up to record last.
func (x *Index) Covered(last flow.Seq) (flows int, complete bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return int(x.flows), x.complete && x.high >= last
}

// Update indexes the flows that were appended to the store.
func (x *Index) Update(ctx context.Context) error {
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
		summaries := x.summarizeAll(batch)
		x.mu.Lock()
		defer x.mu.Unlock()
		x.newer = x.add(x.newer, batch, summaries)
		if n := len(batch); n > 0 {
			x.high = batch[n-1].Last
		}
		batch, bytes = batch[:0], 0
	}
	for f, err := range x.Store.Scan(ctx, store.Query{After: before}) {
		if err != nil {
			return err
		}
		batch, bytes = append(batch, f), bytes+bodyBytes(&f)
		if len(batch) == batchFlows || bytes >= batchBytes {
			flush()
		}
	}
	flush()
	return nil
}

// begin empties the index if indexed flows may have been deleted. It returns the highest indexed
// record number. The caller holds building.
func (x *Index) begin(st *store.Stat) flow.Seq {
	x.mu.Lock()
	defer x.mu.Unlock()
	if st.Deletions != x.deletions || st.Flows < x.flows {
		x.deletions = st.Deletions
		x.newer, x.older, x.flows, x.started, x.complete = nil, nil, 0, false, false
		x.known, x.interned = seqSet{}, map[string]string{}
		if x.Observer != nil {
			x.Observer.Reset()
		}
	}
	if !x.started {
		x.started, x.high, x.low = true, st.Last, st.Last+1
	}
	return x.high
}

// bodyBytes returns the recorded size of a flow's bodies and messages.
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

// extend indexes one batch of flows below the covered records. done means that there are no more.
func (x *Index) extend(ctx context.Context) (done bool, err error) {
	x.building.Lock()
	defer x.building.Unlock()
	low, complete := x.covered()
	if complete {
		return true, nil
	}
	var batch []flow.Flow
	bytes, more := 0, false
	if low > 1 {
		for f, err := range x.Store.Scan(ctx, store.Query{Newest: true, Until: low - 1, Limit: batchFlows}) {
			if err != nil {
				return false, err
			}
			batch, bytes = append(batch, f), bytes+bodyBytes(&f)
			if more = len(batch) == batchFlows || bytes >= batchBytes; more {
				break
			}
		}
	}
	summaries := x.summarizeAll(batch)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.older = x.add(x.older, batch, summaries)
	if len(batch) > 0 {
		x.low = batch[len(batch)-1].Last
	}
	x.complete = !more
	return x.complete, nil
}

// covered returns the lowest indexed record number, and whether there are no flows below it.
func (x *Index) covered() (low flow.Seq, complete bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.low, x.complete
}

// summary is what the index takes from a redacted flow.
type summary struct {
	filter bloomFilter
	commit func() uint32 // of the Observer; may be nil
	path   string
}

// summarizeAll redacts and summarizes flows, which is the main cost of indexing. It uses all
// processors but one, which remains for calls.
func (x *Index) summarizeAll(fs []flow.Flow) []summary {
	out := make([]summary, len(fs))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(max(1, runtime.GOMAXPROCS(0)-1), len(fs)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(fs); i = int(next.Add(1)) - 1 {
				x.summarize(&fs[i], &out[i])
			}
		})
	}
	wg.Wait()
	return out
}

// summarize fills in the summary of one flow. After a panic the summary may lack texts, so that a
// defect hides one flow at most.
func (x *Index) summarize(f *flow.Flow, s *summary) {
	defer func() {
		if p := recover(); p != nil && x.Failed != nil {
			x.Failed(f.Seq, p)
		}
	}()
	s.path = pathOf(f)
	r := x.Redactor.Flow(*f)
	for text := range x.Texts(&r) {
		s.filter.addText(text)
	}
	if x.Observer != nil {
		s.commit = x.Observer.Observe(f, &r)
	}
}

// add appends flows to a list of blocks. The caller holds building and mu.
func (x *Index) add(list []*block, fs []flow.Flow, summaries []summary) []*block {
	for i := range summaries {
		f := &fs[i]
		e := entry(f, summaries[i].path)
		e.Method, e.Host, e.MediaType = x.intern(e.Method), x.intern(e.Host), x.intern(e.MediaType)
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
		if commit := summaries[i].commit; commit != nil {
			e.Mark = commit()
		}
		b.entries = append(b.entries, e)
		if !x.known.has(f.Seq) { // otherwise it is a new state of an indexed flow
			x.known.add(f.Seq)
			x.flows++
		}
		b.merge(&summaries[i].filter)
	}
	return list
}

// merge adds the filter of a flow to that of the block.
func (b *block) merge(f *bloomFilter) {
	b.set = 0
	for i := range f {
		b.filter[i] |= f[i]
		if i < trigramBits/64 {
			b.set += bits.OnesCount64(b.filter[i])
		}
	}
}

// intern returns the one copy of s that all entries share.
func (x *Index) intern(s string) string {
	if same, ok := x.interned[s]; ok {
		return same
	}
	s = strings.Clone(s) // s may be a substring of a large record
	x.interned[s] = s
	return s
}

// Entry describes one flow as it was at record Last.
type Entry struct {
	Seq, Last       flow.Seq
	Started         time.Time
	Took            time.Duration
	Size            int64 // bytes of the response's body
	Status          int   // 0 without a response
	Method          string
	Host, MediaType string
	// Path is the path with the fragment of its variant (package call), as sent. It may contain
	// secrets: it is matched with templates, never shown. "" if it is very long.
	Path string
	Done bool   // the exchange has ended
	Mark uint32 // the Observer's result for the flow, or 0
}

func entry(f *flow.Flow, path string) Entry {
	e := Entry{
		Seq: f.Seq, Last: f.Last, Started: f.Started, Took: f.Took, Done: f.Done, Path: path,
		Method: f.Request.Method, Host: f.Request.Authority,
	}
	if f.Response != nil {
		e.Status, e.MediaType = f.Response.Status, f.Response.Header.MediaType()
		e.Size = f.Response.Body.Size
	}
	return e
}

// maxPath limits the path of an entry, in bytes. A longer one is left out.
const maxPath = 2000

// pathOf returns the path of an entry.
func pathOf(f *flow.Flow) string {
	path := call.PathOf(f)
	if len(path) > maxPath {
		return ""
	}
	return strings.Clone(path) // it may be a substring of a large record
}

// Entries yields the entries that a filter selects, newest first, without reading their flows: the
// newest state of each flow that the index covers. The Query of the filter is ignored. Entries must
// not be changed; they stay as they are when the index grows.
func (x *Index) Entries(p *Filter) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		const chunk = 4096
		replaced := seqSet{} // flows with a newer state
		entries := make([]*Entry, 0, chunk)
		for from := flow.Seq(0); ; {
			var next flow.Seq
			entries, next = x.entriesFrom(from, entries[:0])
			for _, e := range entries {
				if replaced.has(e.Seq) {
					continue
				}
				if e.Seq != e.Last {
					replaced.add(e.Seq)
				}
				if p.selects(e) && !yield(e) {
					return
				}
			}
			if from = next; next == 0 {
				return
			}
		}
	}
}

// seqSet is a set of numbers of flows, which are dense. It maps each 4096 of them to their bits.
type seqSet map[flow.Seq]*[64]uint64

func (s seqSet) add(n flow.Seq) {
	bits := s[n>>12]
	if bits == nil {
		bits = new([64]uint64)
		s[n>>12] = bits
	}
	bits[n>>6&63] |= 1 << (n & 63)
}

func (s seqSet) has(n flow.Seq) bool {
	bits := s[n>>12]
	return bits != nil && bits[n>>6&63]&(1<<(n&63)) != 0
}
