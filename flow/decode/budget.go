package decode

import (
	"errors"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
)

// ErrBudget is the error for a body that a [Budget] has no room for.
var ErrBudget = errors.New("too much to decompress at once")

const (
	// usualRatio is the ratio of compression up to which a body needs no budget. Texts reach 20.
	usualRatio = 32
	// budgetBytes is what larger ones may have beyond it in a minute: some seconds of redaction.
	budgetBytes = 128 << 20
)

// Budget bounds the total size that bodies decompress to in each minute. Each body has a bound of
// its own, but a capture may have thousands of bodies. A body with a usual compression ratio is
// always decompressed, so the work is proportional to the stored size. The zero value is ready for
// use, from any goroutine. A nil Budget has no bound.
type Budget struct {
	mu     sync.Mutex // guards the fields below
	since  time.Time
	spent  int64
	isOver bool // a body had no room
}

// Body is like the function [Body]. If the budget has no room for a body, it returns [ErrBudget]
// and no data.
func (g *Budget) Body(h flow.Header, b flow.Body, max int64) (data []byte, complete bool, err error) {
	if g == nil || !h.Has("Content-Encoding") {
		return Body(h, b, max)
	}
	max = limit(max)
	usual := usualRatio * int64(len(b.Data))
	room := usual + g.left()
	data, complete, err = Body(h, b, min(max, room))
	isOver := room < max && !complete && int64(len(data)) >= room-4 // without a cut character
	g.spend(int64(len(data))-usual, isOver)
	if isOver {
		return nil, false, ErrBudget
	}
	return data, complete, err
}

// left returns the rest of this minute's budget.
func (g *Budget) left() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.Sub(g.since) >= time.Minute {
		g.since, g.spent = now, 0
	}
	return max(0, budgetBytes-g.spent)
}

func (g *Budget) spend(n int64, isOver bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spent += max(0, n)
	g.isOver = g.isOver || isOver
}

// Exceeded reports whether the budget had no room for some body. It is false for nil.
func (g *Budget) Exceeded() bool {
	if g == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.isOver
}
