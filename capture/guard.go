package capture

import (
	"context"
	"net/http"
	"time"

	"github.com/spectap/spectap/flow"
)

// Guard decides which traffic may pass. A proxy with a guard denies all that it cannot read, or
// cannot hold back until the guard has decided. The methods are called from many goroutines. If one
// panics, the traffic is denied.
type Guard interface {
	// Host returns nil if a connection to an authority may be opened. The authority is host:port in
	// lower case, as CONNECT, the TLS handshake or the URL names it.
	Host(authority string) *Denial
	// Request decides on a request by its head, before its body is asked for. f is the exchange as
	// recorded so far, which must not be changed.
	Request(r *http.Request, f *flow.Flow) (Judgement, *Denial)
}

// Judgement is the decision on one request, from its head to the end of its answer. Its methods are
// called from one goroutine at a time.
type Judgement interface {
	// MaxBody is the longest body of the request on which Send decides, in bytes; 0 means that
	// nothing looks at it, so that it may stream.
	MaxBody() int64
	// Send decides on the request as it would leave. It may block until ctx ends, while a person
	// decides, and may add credentials to the header of a request that it lets pass. body is
	// encoded as the header says, and nil if MaxBody is 0.
	Send(ctx context.Context, r *http.Request, body []byte) *Denial
	// Answer decides on the answer, and may change its header and body. It is called before the
	// answer is recorded, and reads no more of the body than it needs.
	Answer(resp *http.Response) *Denial
	// End is called once, when the exchange has ended after Send: with the status of the answer, or
	// 0 and the failure.
	End(status int, err error)
}

// Denial says why traffic may not pass.
type Denial struct {
	// Status of the answer to the client; 0 means 403.
	Status int
	// Reason is for the client, the flow's Err and the Proxy-Status field. It has no secrets.
	Reason string
	// Rule and Operation are those of [flow.Denial]; without a rule it is [flow.ByProxy].
	Rule, Operation string
	// Allowed says what would have been allowed, or "".
	Allowed string
	// Pending is the id of the request that waits for a person, or "". RetryAfter says when to ask
	// again.
	Pending    string
	RetryAfter time.Duration
}
