// Package weight says how much memory recorded flows take, for the budget of flows that wait for
// the store.
//
// It may import flow, nothing else of this module. Read weight.go, its only file.
package weight

import "github.com/spectap/spectap/flow"

const (
	// head is the memory of a flow besides what its sender chose, in bytes. It covers the header of
	// a common response.
	head = 1024
	// MessageCost is the memory of a message of a WebSocket besides its data, in bytes.
	MessageCost = 64
)

// Flow returns the bytes of a complete flow.
func Flow(f *flow.Flow) int64 {
	n := Request(f) + Answer(f) + int64(cap(f.Request.Body.Data))
	if f.Response != nil {
		n += int64(cap(f.Response.Body.Data))
	}
	for i := range f.Messages {
		n += Message(&f.Messages[i])
	}
	return n
}

// Request returns the bytes of a flow that are known when its request begins.
func Request(f *flow.Flow) int64 {
	return int64(head+len(f.Request.Path)+len(f.Request.RawQuery)) + fields(f.Request.Header)
}

// Answer returns the bytes of a response's header and trailer beyond those that [Request] covers.
func Answer(f *flow.Flow) int64 {
	if f.Response == nil {
		return 0
	}
	return max(0, fields(f.Response.Header)+fields(f.Response.Trailer)-head)
}

func fields(h flow.Header) (n int64) {
	for _, f := range h {
		n += int64(len(f.Name) + len(f.Value) + 32)
	}
	return n
}

// Message returns the bytes of a message.
func Message(m *flow.Message) int64 { return MessageCost + int64(cap(m.Data)) }
