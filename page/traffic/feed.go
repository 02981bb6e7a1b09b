package traffic

import (
	"context"
	"strconv"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// How the feed shares the machine with the proxy.
const (
	// pace is the least time between events while flows arrive; pauseAt says when it is longer.
	pace = 200 * time.Millisecond
	// share is how much longer than a read of the store the wait before the next one is, so that a
	// page takes little of a busy machine. slowest bounds it, for the person who looks.
	share   = 25
	slowest = 3 * time.Second
	// slowRead is what a read may take before the feed only waits for its share.
	slowRead = 20 * time.Millisecond
	// maxRate bounds the records that are read, a second, and minNews is how many an event may
	// have in any case. If there are more, the page gets the newest ones and a gap, and asks for
	// the rows in between when it has time, so that it does not slow down a busy proxy.
	maxRate    = 2000
	minNews    = 400
	newestNews = 50
	// idle is how often the feed looks for deletions while no flow arrives.
	idle = 2 * time.Second
)

// News says what happened since the event before.
type News struct {
	// Rows are new flows and new states of flows, the oldest first.
	Rows []Row `json:"rows"`
	// Gone are flows that the filter selected in an earlier state, perhaps, and does not now.
	Gone []flow.Seq `json:"gone"`
	// Gap, if there is one, precedes the rows.
	Gap *Gap `json:"gap,omitempty"`
	// Flows counts those of the store.
	Flows int64 `json:"flows"`
	// Deleted says that flows were deleted: the page begins anew.
	Deleted bool `json:"deleted,omitzero"`
}

// Gap is a part of the log that the feed left out: records between After and Before.
type Gap struct {
	After  flow.Seq `json:"after"`
	Before flow.Seq `json:"before"`
}

// flows sends rows as flows are recorded. It begins behind the record last, or at the end of the
// log. The store keeps what a page has not received, so that nothing waits in memory.
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

// next returns what happened since the last call.
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

// wait returns when there may be news. While flows arrive it only waits: a watch of the store would
// read, with their bodies, all flows that have come since.
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
		return nil // least is long, and Stat reads a whole session
	}
	st, err := r.p.Store.Stat(ctx)
	if err != nil || st.Last < r.at {
		return err
	}
	waited := time.Since(r.read)
	return pause.For(ctx, pauseAt(float64(st.Last-r.at)/waited.Seconds())-waited)
}

// pauseAt returns the time between events at a number of records a second. Nobody reads a list
// whose rows are all others five times a second, and the browser draws each of them.
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
