package wire

import (
	"context"
	"reflect"
)

// Feed is a stream of events to the page.
type Feed struct {
	Name      string // in camel case
	In, Event reflect.Type
	run       func(ctx context.Context, in []byte, last string, send Send) error
}

// Send sends an event. It returns once the connection has taken it, so that a slow page slows down
// the feed and nothing queues up. at is where the feed continues if the connection breaks after
// this event.
type Send func(at string, event any) error

// NewFeed declares a feed. run sends events until ctx is done or a send fails. last is the at of
// the last event that the page received, "" for a new page. A feed whose page was away for long
// says so in an event instead of repeating everything.
func NewFeed[In, Event any](
	name string, run func(ctx context.Context, in In, last string, send func(at string, e Event) error) error,
) Feed {
	return Feed{
		Name: name, In: reflect.TypeFor[In](), Event: reflect.TypeFor[Event](),
		run: func(ctx context.Context, data []byte, last string, send Send) error {
			in, err := decode[In](data)
			if err != nil {
				return err
			}
			return run(ctx, in, last, func(at string, e Event) error { return send(at, e) })
		},
	}
}

// Run sends the events of the feed, from an argument in JSON.
func (f *Feed) Run(ctx context.Context, in []byte, last string, send Send) error {
	return f.run(ctx, in, last, send)
}
