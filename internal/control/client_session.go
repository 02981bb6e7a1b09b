package control

import (
	"context"
	"time"

	"github.com/spectap/spectap/store"
)

// Sessions implements [store.Reader].
func (c *Client) Sessions(ctx context.Context) (list []store.Session, err error) {
	err = c.do(ctx, request{Op: opSessions}, nil, func(x *call) error { return x.result(&list) })
	return list, err
}

// BeginSession implements [store.SessionKeeper].
func (c *Client) BeginSession(ctx context.Context, s store.Session) (uint64, error) {
	var r result
	err := c.do(ctx, request{Op: opBegin, Session: &s}, nil, func(x *call) error { return x.result(&r) })
	return uint64(r.Seq), err
}

// EndSession implements [store.SessionKeeper].
func (c *Client) EndSession(ctx context.Context, number uint64, ended time.Time, status int) error {
	return c.changeSession(ctx, opEnded, store.Session{Number: number, Ended: ended, Status: status})
}

// DeleteSession implements [store.SessionKeeper].
func (c *Client) DeleteSession(ctx context.Context, number uint64) error {
	return c.changeSession(ctx, opForget, store.Session{Number: number})
}

func (c *Client) changeSession(ctx context.Context, op string, s store.Session) error {
	return c.do(ctx, request{Op: op, Session: &s}, nil, func(x *call) error { return x.result(&result{}) })
}
