package traffic

import (
	"context"
	"strconv"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// Limits of the feed's load on the machine, which it shares with the proxy.
const (
	// pace is the minimum time between events while flows arrive; pauseAt computes longer pauses.
	pace = 200 * time.Millisecond
	// share is the ratio of the wait before the next read of the store to the duration of the last,
	// so that a page uses little of a busy machine. slowest bounds the wait.
	share   = 25
	slowest = 3 * time.Second
	// slowRead is the duration of a read above which the feed waits only according to share.
	slowRead = 20 * time.Millisecond
	// maxRate bounds the records read per second, and minNews is the number that an event may
	// always have. If there are more, the page gets the newest ones and a gap, and requests the
	// rows in between when it has time, so that it does not slow down a busy proxy.
	maxRate    = 2000
	minNews    = 400
	newestNews = 50
	// idle is the interval at which the feed checks for deletions while no flow arrives.
	idle = 2 * time.Second
)

// News holds the changes since the previous event.
type News struct {
	// Rows are new flows and new states of flows, the oldest first.
	Rows []Row `json:"rows"`
	// Gone lists flows that the filter does not select, but may have selected in an earlier state.
	Gone []flow.Seq `json:"gone"`
	// Gap, if there is one, precedes the rows.
	Gap *Gap `json:"gap,omitempty"`
	// Flows is the number of flows in the store.
	Flows int64 `json:"flows"`
	// Deleted means that flows were deleted and the page must reload the list.
	Deleted bool `json:"deleted,omitzero"`
}

// Gap is a part of the log that the feed left out: records between After and Before.
type Gap struct {
	After  flow.Seq `json:"after"`
	Before flow.Seq `json:"before"`
}

// flows sends rows as flows are recorded. It begins after the record last, or at the end of the
// log. Rows that a page has not received stay in the store, so nothing is queued in memory.
func (p *panel) flows(ctx context.Context, in FilterText, last string, send func(string, News) error) error {
	where, err := parse(in.Filter)
	if err != nil {
		return err
	}
	st, err := p.Store.Stat(ctx)
	if err != nil {
		return err
	}
	at := st.Last
	if n, err := strconv.ParseUint(last, 10, 64); err == nil && flow.Seq(n) <= st.Last {
		at = flow.Seq(n)
	}
	r := &reader{p: p, where: store.Sieve{Where: where, Redact: p.redact}, at: at, deletions: st.Deletions, flows: -1}
	for {
		news, changed, err := r.next(ctx)
		if err != nil {
			return err
		}
		if changed {
			if err := send(strconv.FormatUint(uint64(r.at), 10), news); err != nil {
				return err
			}
		}
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
}

// reader follows the log for one page.
type reader struct {
	p         *panel
	where     store.Sieve
	at        flow.Seq // the last record that was sent
	deletions uint64
	flows     int64         // as sent
	quiet     bool          // there was no record after at
	read      time.Time     // when next last returned
	took      time.Duration // to read what next returned
}

// next returns the changes since the last call.
func (r *reader) next(ctx context.Context) (news News, changed bool, err error) {
	start := time.Now()
	most := minNews
	if !r.read.IsZero() {
		most = max(most, int(maxRate*start.Sub(r.read).Seconds()))
	}
	defer func() {
		r.read = time.Now()
		r.took = r.read.Sub(start)
	}()
	st, err := r.p.Store.Stat(ctx)
	if err != nil {
		return news, false, err
	}
	news.Flows = st.Flows
	news.Deleted = st.Deletions != r.deletions
	if st.Last > r.at+flow.Seq(most) {
		news.Gap = &Gap{After: r.at, Before: st.Last - newestNews + 1}
		r.at = st.Last - newestNews
	}
	if r.quiet = st.Last == r.at; !r.quiet {
		if err := r.collect(ctx, st.Last, &news); err != nil {
			return news, false, err
		}
	}
	r.at = st.Last
	changed = news.Deleted || news.Gap != nil || len(news.Rows) > 0 || len(news.Gone) > 0 || st.Flows != r.flows
	r.deletions, r.flows = st.Deletions, st.Flows
	return news, changed, nil
}

// collect adds the flows of the records after at, until last, to the news.
func (r *reader) collect(ctx context.Context, last flow.Seq, news *News) error {
	q := store.Query{After: r.at, Until: last, NoBodies: !r.where.Where.NeedsBodies()}
	for f, err := range r.p.Store.Scan(ctx, q) {
		if err != nil {
			return err
		}
		switch {
		case r.where.Matches(&f):
			news.Rows = append(news.Rows, r.p.row(&f))
		case f.Seq != f.Last:
			news.Gone = append(news.Gone, f.Seq)
		}
	}
	return nil
}

// wait returns when there may be news. While flows arrive it only sleeps: a watch of the store
// would read all new flows with their bodies.
func (r *reader) wait(ctx context.Context) error {
	if !r.quiet {
		return r.rest(ctx)
	}
	quiet, cancel := context.WithTimeout(ctx, idle)
	defer cancel()
	for _, err := range r.p.Store.Watch(quiet, r.at) {
		if err != nil && quiet.Err() == nil {
			return err
		}
		break
	}
	return ctx.Err()
}

// rest waits between two events while flows arrive.
func (r *reader) rest(ctx context.Context) error {
	least := max(pace, min(share*r.took, slowest))
	if err := pause.For(ctx, least); err != nil {
		return err
	}
	if r.took > slowRead {
		return nil // the pause is long, and Stat reads a whole session
	}
	st, err := r.p.Store.Stat(ctx)
	if err != nil || st.Last < r.at {
		return err
	}
	waited := time.Since(r.read)
	return pause.For(ctx, pauseAt(float64(st.Last-r.at)/waited.Seconds())-waited)
}

// pauseAt returns the time between events at a rate of records per second. A list whose rows all
// change five times a second is unreadable and expensive to draw.
func pauseAt(rate float64) time.Duration {
	switch {
	case rate > 500:
		return time.Second
	case rate > 100:
		return 500 * time.Millisecond
	default:
		return pace
	}
}
