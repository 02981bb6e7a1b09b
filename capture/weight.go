package capture

// This file says how much memory recorded flows take, for the budget of flows that wait for the
// store.

import "github.com/spectap/spectap/flow"

const (
	// headWeight is the memory of a flow in addition to the data that its sender chose, in bytes.
	// It covers the header of a common response.
	headWeight = 1024
	// messageCost is the memory of a message of a WebSocket in addition to its data, in bytes.
	messageCost = 64
)

// flowWeight returns the bytes of a complete flow.
func flowWeight(f *flow.Flow) int64 {
	n := requestWeight(f) + responseWeight(f) + int64(cap(f.Request.Body.Data))
	if f.Response != nil {
		n += int64(cap(f.Response.Body.Data))
	}
	for i := range f.Messages {
		n += messageWeight(&f.Messages[i])
	}
	return n
}

// requestWeight returns the bytes of a flow that are known when its request begins.
func requestWeight(f *flow.Flow) int64 {
	return int64(headWeight+len(f.Request.Path)+len(f.Request.RawQuery)) + fieldsWeight(f.Request.Header)
}

// responseWeight returns the bytes of a response's header and trailer beyond those that
// [requestWeight] covers.
func responseWeight(f *flow.Flow) int64 {
	if f.Response == nil {
		return 0
	}
	return max(0, fieldsWeight(f.Response.Header)+fieldsWeight(f.Response.Trailer)-headWeight)
}

func fieldsWeight(h flow.Header) (n int64) {
	for _, f := range h {
		n += int64(len(f.Name) + len(f.Value) + 32)
	}
	return n
}

// messageWeight returns the bytes of a message.
func messageWeight(m *flow.Message) int64 { return messageCost + int64(cap(m.Data)) }
