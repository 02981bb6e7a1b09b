package control

import (
	"context"
	"time"

	"github.com/spectap/spectap/store"
)

// Sessions implements [store.Reader].
func (c *Client) Sessions(ctx context.Context) ([]store.Session, error) {
	return ask[[]store.Session](ctx, c, request{Op: opSessions}, nil)
}

// BeginSession implements [store.SessionKeeper].
func (c *Client) BeginSession(ctx context.Context, s store.Session) (uint64, error) {
	r, err := ask[result](ctx, c, request{Op: opBegin, Session: &s}, nil)
	return uint64(r.Seq), err
}

// EndSession implements [store.SessionKeeper].
func (c *Client) EndSession(ctx context.Context, number uint64, ended time.Time, status int) error {
	return c.tell(ctx, request{Op: opEnded, Session: &store.Session{Number: number, Ended: ended, Status: status}}, nil)
}

// DeleteSession implements [store.SessionKeeper].
func (c *Client) DeleteSession(ctx context.Context, number uint64) error {
	return c.tell(ctx, request{Op: opForget, Session: &store.Session{Number: number}}, nil)
}
