package call

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// maxBatch bounds the calls of a batch that is split. A longer batch stays one list.
const maxBatch = 1000

// Batch is a request with several calls, split into flows.
type Batch struct {
	// Calls are the calls in the order of the request, each as if it had been sent alone. They
	// share the memory of the batch's flow. A call without a response of its own has an empty
	// response body.
	Calls []flow.Flow
	// RequestSplit and ResponseSplit report whether every element of the request's list, and of the
	// response's, is in Calls.
	RequestSplit, ResponseSplit bool
}

// SplitBatch splits the flow of a batch of this kind. It returns the zero Batch if the request's
// list is cut, malformed or has more than 1000 elements.
func SplitBatch(f *flow.Flow, kind string) Batch {
	var b Batch
	requests := elements(f.Request.Header, f.Request.Body)
	if len(requests) == 0 {
		return b
	}
	b.RequestSplit = true
	responses := elements(f.Response.Header, f.Response.Body)
	var order []int // index of the response to each request, or -1
	if kind == KindJSONRPCBatch {
		order, b.ResponseSplit = matchByID(requests, responses)
	} else {
		order, b.ResponseSplit = matchByOrder(requests, responses)
	}
	for i, request := range requests {
		c := *f
		r := *f.Response
		c.Response = &r
		c.Request.Header, c.Request.Body = messageOf(f.Request.Header, request)
		r.Header, r.Body = messageOf(r.Header, nil)
		if b.ResponseSplit && order[i] >= 0 {
			r.Header, r.Body = messageOf(f.Response.Header, responses[order[i]])
		}
		b.Calls = append(b.Calls, c)
	}
	return b
}

// elements returns the objects of a JSON list. It returns nil if the body is anything else or
// cannot be read whole.
func elements(h flow.Header, body flow.Body) (list []jsontext.Value) {
	data, complete, err := decode.Body(h, body, decode.DefaultMax)
	if err != nil || !complete || decode.FirstByte(data) != '[' || !decode.IsJSON(h.MediaType()) {
		return nil
	}
	list = listOf(data)
	if len(list) > maxBatch || slices.ContainsFunc(list, func(v jsontext.Value) bool { return v.Kind() != '{' }) {
		return nil
	}
	return list
}

// messageOf returns the header and body of a message that holds data, an element of the decoded
// body of a message with the given header.
func messageOf(h flow.Header, data []byte) (flow.Header, flow.Body) {
	return decode.Header(h, len(data)), flow.Body{Data: data, Size: int64(len(data))}
}

// matchByOrder matches responses that have the order of the requests, as GraphQL servers send them.
func matchByOrder(requests, responses []jsontext.Value) (order []int, complete bool) {
	order = make([]int, len(requests))
	for i := range order {
		order[i] = i
	}
	return order, len(requests) == len(responses)
}

// matchByID matches responses by id, in any order. A request without an id is a notification and
// has no response (JSON-RPC 2.0, section 6).
func matchByID(requests, responses []jsontext.Value) (order []int, complete bool) {
	at := map[string]int{}
	for i, r := range responses {
		id := idOf(r)
		if _, twice := at[id]; twice || id == "" || id == "null" {
			return nil, false // id is null where the server could not read the request
		}
		at[id] = i
	}
	order = make([]int, len(requests))
	found := 0
	for i, r := range requests {
		order[i] = -1
		if k, ok := at[idOf(r)]; ok && !slices.Contains(order[:i], k) {
			order[i] = k
			found++
		}
	}
	return order, found == len(responses) && found > 0
}

// idOf returns the JSON text of the member "id" of an object, "" if it has none.
func idOf(v jsontext.Value) (id string) {
	eachMember(v, func(name string, value jsontext.Value) bool {
		if name == "id" {
			id = string(value)
		}
		return id == ""
	})
	return id
}
