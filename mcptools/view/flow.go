package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
)

// Limits of the shown parts, in bytes.
const (
	MaxURL    = 2000     // a URL in a list
	MaxHeader = 64 << 10 // a header value
)

// FlowRow is one flow in a list.
type FlowRow struct {
	FlowID      uint64 `json:"flow_id"` // names the flow for all other tools
	Method      string `json:"method"`
	Server      string `json:"server,omitempty"` // in a list: what URL lacks
	URL         string `json:"url"`
	Operation   string `json:"operation,omitempty"`    // its id in the inferred document, else its name in GraphQL or JSON-RPC
	Status      int    `json:"status_code,omitempty"`  // absent if there is no response
	ContentType string `json:"content_type,omitempty"` // media type of the response
	Size        int64  `json:"size"`                   // bytes of the response's body on the wire
	Timestamp   string `json:"timestamp"`              // when the request started, RFC 3339
	TookMS      int64  `json:"took_ms"`
	Messages    int    `json:"messages,omitempty"`   // how many messages passed through the WebSocket
	Note        string `json:"note,omitempty"`       // which bodies were recorded in part only
	Error       string `json:"error_text,omitempty"` // what went wrong with the exchange
}

// Row returns the row of a flow.
func Row(f *flow.Flow) FlowRow {
	r := FlowRow{
		FlowID: uint64(f.Seq), Method: Visible(f.Request.Method), URL: Cut(Visible(f.Request.URL()), MaxURL),
		Timestamp: f.Started.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano), TookMS: f.Took.Milliseconds(),
		Messages: len(f.Messages), Note: f.Truncation(), Error: Visible(f.Failure()),
	}
	if f.Response != nil {
		r.Status, r.Size = f.Response.Status, f.Response.Body.Size
		r.ContentType = Visible(f.Response.Header.MediaType())
	}
	return r
}

// Header is one header line.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Headers returns the lines of a header.
func Headers(h flow.Header) []Header {
	out := make([]Header, len(h))
	for i, f := range h {
		out[i] = Header{Cut(Visible(f.Name), MaxURL), Cut(Visible(f.Value), MaxHeader)}
	}
	return out
}

// Count writes a number and a noun, such as "1 flow" and "2 statuses". singular is their regular
// noun.
func Count[N int | int64](n N, singular string) string {
	switch {
	case n == 1:
		return "1 " + singular
	case strings.HasSuffix(singular, "s"):
		singular += "e"
	}
	return fmt.Sprintf("%d %ss", n, singular)
}
