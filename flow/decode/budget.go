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

// Budget bounds what bodies decompress to altogether, in each minute. One body is bounded anyway; a
// capture may have thousands of them. A body of a usual ratio always has room, so that the work is
// proportional to what is stored. The zero value is ready for use, from any goroutine. A nil Budget
// has no bound.
type Budget struct {
	mu     sync.Mutex // guards the fields below
	since  time.Time
	spent  int64
	isOver bool // a body had no room
}

// Body is like the function [Body]. For a body that the budget has no room for, it returns
// [ErrBudget] and no data.
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

// left returns what is left of the budget of this minute.
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

// Exceeded reports whether there was a body that the budget had no room for. It is false for nil.
func (g *Budget) Exceeded() bool {
	if g == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.isOver
}
