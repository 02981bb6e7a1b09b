package store

import (
	"context"
	"fmt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/format"
)

// maxMeta bounds a flow without its bodies: headers, path and query.
const maxMeta = 64 << 20

// incoming is a flow to be appended. The caller of Append encodes it, not the writer.
type incoming struct {
	id       flow.ID
	finished bool
	host     string
	started  int64 // Unix seconds
	meta     []byte
	bodies   []body
	slot     *slot // set by the writer
}

// prepare encodes f. With own, the result shares no memory with f. Otherwise f must not change
// until it is stored, and bodies that seem to be stored already are not compressed.
func (db *DB) prepare(f *flow.Flow, own bool) (*incoming, error) {
	in := &incoming{id: f.ID, finished: f.Done, host: f.Request.Authority, started: f.Started.Unix()}
	if in.id == (flow.ID{}) {
		in.id = flow.NewID()
	}
	in.encode(f, f.Session)
	if len(in.meta) > maxMeta {
		return nil, fmt.Errorf("store flow: %w: headers and URL of %d bytes, at most %d", ErrTooLarge, len(in.meta), maxMeta)
	}
	in.addBody(db, format.Request, f.Request.Body.Data, own)
	if f.Response != nil {
		in.addBody(db, format.Response, f.Response.Body.Data, own)
	}
	in.addBody(db, format.Messages, f.AppendMessageData(nil), own)
	return in, nil
}

// encode encodes f, without its bodies, as a flow of a session.
func (in *incoming) encode(f *flow.Flow, session uint64) {
	g := *f
	g.ID, g.Seq, g.Last, g.Import, g.Session = in.id, 0, 0, 0, session
	in.meta = g.AppendMeta(make([]byte, 0, 512))
}

func (in *incoming) addBody(db *DB, role byte, data []byte, own bool) {
	if len(data) == 0 {
		return
	}
	b := body{role: role, size: uint64(len(data)), hash: db.hasher.Sum(data)}
	if !own {
		b.data = data
		if _, ok := db.recent.Get(b.hash); ok {
			in.bodies = append(in.bodies, b)
			return
		}
	}
	b.chunks = db.codec.Compress(data)
	if own {
		for i := range b.chunks {
			b.chunks[i].Own()
		}
	}
	in.bodies = append(in.bodies, b)
}

// weight returns approximately how many bytes the flow adds to a transaction.
func (in *incoming) weight() int {
	n := len(in.meta)
	for i := range in.bodies {
		if in.bodies[i].chunks == nil {
			n += int(in.bodies[i].size)
		}
		for j := range in.bodies[i].chunks {
			n += in.bodies[i].chunks[j].Len()
		}
	}
	return n
}

// Append implements [Appender]. Flows of one call, or of concurrent calls, share a commit, and
// states of one flow among them may share a record. A flow without an ID gets one. If ctx is done
// before the writer takes the flows, nothing is stored. After that, Append waits for the commit.
func (db *DB) Append(ctx context.Context, fs ...flow.Flow) (flow.Seq, error) {
	wait, err := db.Begin(ctx, fs...)
	if err != nil {
		return 0, err
	}
	return wait()
}

// Begin is the first half of Append. It returns once the flows are ordered after those of earlier
// calls, so that the caller can prepare the next flows while these are written. wait is the second
// half, and must be called once. fs must not change before wait returns. If ctx is done after
// Begin, the flows are stored all the same.
func (db *DB) Begin(ctx context.Context, fs ...flow.Flow) (wait func() (flow.Seq, error), err error) {
	if db.readOnly {
		return nil, db.wrap("append to", ErrReadOnly)
	}
	if len(fs) == 0 {
		return func() (flow.Seq, error) { return 0, nil }, ctx.Err()
	}
	j := &job{flows: make([]*incoming, len(fs))}
	for i := range fs {
		in, err := db.prepare(&fs[i], false)
		if err != nil {
			return nil, err
		}
		j.flows[i] = in
		j.weight += in.weight()
	}
	if err := db.enqueue(ctx, j); err != nil {
		return nil, db.wrap("append to", err)
	}
	return func() (flow.Seq, error) {
		if err := <-j.done; err != nil {
			return 0, db.wrap("append to", err)
		}
		return j.last, nil
	}, nil
}
