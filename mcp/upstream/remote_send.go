package upstream

import (
	"context"
	"fmt"
	"time"

	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// post is the HTTP request of a request.
type post struct {
	end       context.CancelFunc
	stateless bool
}

// A server need not answer a notification or a response with more than a status. noticeTime bounds
// the wait for it, and maxNotices those under way: then Send waits.
const (
	noticeTime = 30 * time.Second
	maxNotices = 1000
)

// orderTime bounds how long a message waits for the delivery of a notification before it.
const orderTime = 10 * time.Second

// Send starts the HTTP request of a message. Those of notifications and of responses are delivered
// in order, and before later requests. Messages after a handshake wait for the answer to it, which
// has the id of the session: clients on stdio need not wait. A request that was cancelled ends,
// because many servers never answer it: at once in a stateless revision, where closing it is the
// cancellation, and else when the server has the cancellation.
func (u *remote) Send(m *jsonrpc.Message, _ jsonrpc.Exchange) error {
	if u.ctx.Err() != nil {
		return jsonrpc.ErrEnded
	}
	cancelled := u.cancels(m)
	if cancelled != nil && cancelled.stateless {
		cancelled.end()
		return nil
	}
	ctx, cancel := context.WithCancel(u.ctx)
	if !m.IsRequest() {
		select {
		case u.room <- struct{}{}:
		case <-ctx.Done():
			cancel()
			return jsonrpc.ErrEnded
		}
	}
	mine := &post{cancel, jsonrpc.VersionOf(m) != ""}
	u.mu.Lock()
	before, done := u.sent, chan struct{}(nil)
	if !m.IsRequest() || m.Method == "initialize" {
		done = make(chan struct{})
		u.sent = done
	} else {
		u.posts[jsonrpc.Key(m.ID)] = mine
	}
	u.mu.Unlock()
	go func() {
		defer cancel()
		after(ctx, before)
		if m.IsRequest() {
			u.post(ctx, m, mine.stateless)
		} else {
			u.notice(ctx, m, mine.stateless)
		}
		if cancelled != nil {
			cancelled.end()
		}
		if done != nil {
			close(done)
		} else {
			u.forget(m, mine)
		}
	}()
	return nil
}

// notice sends a notification or a response.
func (u *remote) notice(ctx context.Context, m *jsonrpc.Message, stateless bool) {
	ctx, cancel := context.WithTimeoutCause(ctx, noticeTime, errNoStatus)
	defer cancel()
	u.post(ctx, m, stateless)
	<-u.room
	if context.Cause(ctx) == errNoStatus {
		u.fail(m, errNoStatus)
	}
}

var errNoStatus = fmt.Errorf("the MCP server did not say within %v that it took it", noticeTime)

// forget removes a request that has ended.
func (u *remote) forget(m *jsonrpc.Message, mine *post) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if key := jsonrpc.Key(m.ID); u.posts[key] == mine { // not a later one with this id
		delete(u.posts, key)
	}
}

// after waits for the delivery of the message before, if there is one.
func after(ctx context.Context, before <-chan struct{}) {
	if before == nil {
		return
	}
	select {
	case <-before: // most of the time, and without a timer
		return
	default:
	}
	select {
	case <-before:
	case <-time.After(orderTime):
	case <-ctx.Done():
	}
}

// cancels returns the request under way that a notification cancels, or nil.
func (u *remote) cancels(m *jsonrpc.Message) *post {
	if m.Method != "notifications/cancelled" {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.posts[jsonrpc.Key(string(rawjson.At(m.Params, "requestId")))]
}
