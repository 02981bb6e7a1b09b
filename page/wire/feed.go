package wire

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/spectap/spectap/internal/pause"
)

// Feed is a stream of events to the page.
type Feed struct {
	Name      string // in camel case
	In, Event reflect.Type
	// Run sends the events from an argument in JSON.
	Run func(ctx context.Context, in []byte, last string, send Send) error
}

// Send sends an event. It returns once the connection has taken it, so that a slow page slows down
// the feed and nothing queues up. at is the position at which the feed continues if the connection
// breaks after this event.
type Send func(at string, event any) error

// NewFeed declares a feed. run sends events until ctx is done or a send fails. last is the at of
// the last event that the page received, "" for a new page. If a page was disconnected for long,
// the feed sends an event about that instead of repeating everything.
func NewFeed[In, Event any](
	name string, run func(ctx context.Context, in In, last string, send func(at string, e Event) error) error,
) Feed {
	return Feed{
		Name: name, In: reflect.TypeFor[In](), Event: reflect.TypeFor[Event](),
		Run: func(ctx context.Context, data []byte, last string, send Send) error {
			in, err := decode[In](data)
			if err != nil {
				return err
			}
			return run(ctx, in, last, func(at string, e Event) error { return send(at, e) })
		},
	}
}

// None is the argument of calls and feeds that take none.
type None struct{}

// SendChanges reads a state at intervals and sends it when it has changed, until ctx is done or
// reading or sending fails. It is for feeds that restart after an interruption.
func SendChanges[State any](ctx context.Context, every time.Duration, read func() (State, error), send func(at string, s State) error) error {
	for last := ""; ; {
		state, err := read()
		if err != nil {
			return err
		}
		if now := fmt.Sprint(state); now != last {
			if err := send("", state); err != nil {
				return err
			}
			last = now
		}
		if err := pause.For(ctx, every); err != nil {
			return err
		}
	}
}
