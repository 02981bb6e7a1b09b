package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// ReadGrace limits the time that a write waits for the client once the program is to end. Tests
// shorten it.
var ReadGrace = 2 * time.Second

// MessageOut returns stdout for the messages of MCP. A client that keeps stdout open and does not
// read it cannot keep the program from ending: soon after ctx, writes fail.
func (p *Program) MessageOut(ctx context.Context) io.Writer {
	return &messageWriter{ctx: ctx, w: p.ExactOut()}
}

type messageWriter struct {
	ctx context.Context
	w   io.Writer

	mu    sync.Mutex // held during a write; guards stuck
	stuck bool       // a write never ended
}

var errNotRead = errors.New("the client does not read")

func (m *messageWriter) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stuck {
		return 0, errNotRead
	}
	data := bytes.Clone(b) // an abandoned write goes on
	n, err := OrEndIn(m.ctx, ReadGrace, func() (int, error) { return m.w.Write(data) })
	if err != nil && errors.Is(err, m.ctx.Err()) {
		m.stuck, err = true, errNotRead
	}
	return n, err
}
