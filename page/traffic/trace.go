package traffic

import (
	"context"
	"time"

	"github.com/spectap/spectap/mcptools/trace"
	"github.com/spectap/spectap/store"
)

// TraceQuery names a value: of a secret its placeholder.
type TraceQuery struct {
	Value string `json:"value"`
}

// Trace says where a value came from and went.
type Trace struct {
	Source string             `json:"source,omitempty"` // in words
	Places []trace.Occurrence `json:"places"`           // the first first
	// More means that the call ended before it had searched all flows.
	More bool `json:"more,omitzero"`
}

// Limits of one trace, which reads and redacts all flows.
const (
	maxPlaces = 500
	traceTime = 10 * time.Second
)

// trace searches the flows as they are shown, so that a secret cannot be guessed piece by piece.
func (p *panel) trace(ctx context.Context, in TraceQuery) (out Trace, err error) {
	end := time.Now().Add(traceTime)
	for f, err := range p.Store.Scan(ctx, store.Query{}) {
		if err != nil {
			return out, err
		}
		shown := p.redact(f)
		out.Places = append(out.Places, trace.Find(in.Value, &shown, true)...)
		if out.More = len(out.Places) >= maxPlaces || time.Now().After(end); out.More {
			break
		}
	}
	trace.Sort(out.Places)
	out.Source = trace.Source(in.Value, out.Places)
	return out, ctx.Err()
}
