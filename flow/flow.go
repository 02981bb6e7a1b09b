// Package flow defines Flow, one HTTP exchange as seen on the wire. All other packages share this
// type, and no other package of this module is imported here. Read flow.go first; codec*.go store a
// Flow as bytes.
//
// A Flow is plain data, undecoded: bodies keep their content encoding, paths and queries their
// percent-encoding, and headers their order and case where the source knows them. The proxy knows
// them for HTTP/1; the names of HTTP/2 are sorted. Imported flows keep the order of their file.
//
// Subpackages read and write other formats ([github.com/spectap/spectap/flow/har]), undo content
// encodings ([github.com/spectap/spectap/flow/decode]) and remove secrets
// ([github.com/spectap/spectap/flow/redact]).
package flow

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Seq is the number of a record in a log, from 1. Zero means not stored.
//
// The log numbers records, not flows: the request of a live flow and its completion are two records
// with the same ID.
type Seq uint64

// ID joins the records of one flow. It is random, so that logs of several machines can be merged.
type ID [16]byte

// SourceProxy is the Source of flows that a proxy of this program recorded.
const SourceProxy = "proxy"

// SourceReplay is the Source of a flow whose request an agent wrote and sent.
const SourceReplay = "replay"

// SourceLoaded begins the Source of a flow of a file that an agent loaded: the base name follows.
const SourceLoaded = "import:agent:"

// NewID returns a new random ID.
func NewID() ID {
	var id ID
	rand.Read(id[:]) // never fails: it aborts the program instead
	return id
}

// String returns the ID in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Flow is one HTTP exchange.
type Flow struct {
	// Seq is the number of the flow's first record. It never changes, and people and tools refer to
	// the flow by it.
	Seq Seq
	// Last is the number of the flow's newest record; it equals Seq while there is only one.
	// Readers that follow the log remember the largest Last they have seen.
	Last Seq
	ID   ID
	// Source is the origin of the flow: [SourceProxy], [SourceReplay], or "import:" or
	// [SourceLoaded] and the base name of a file.
	Source string
	// Import is the number of the import that added the flow, or 0 for a live flow.
	Import uint64
	// Session is the number of the session that recorded the flow, or 0 without a session.
	Session uint64
	// Tags are names that a person gave the traffic while it was recorded, without duplicates.
	Tags []string

	Started time.Time
	// Took is the time from Started to the last byte of the response, or to the failure.
	Took time.Duration

	Request  Request
	Response *Response // nil if there is none; then Err holds the reason, or Done is false
	// Messages are the messages of a WebSocket in order of time, after the 101 response.
	Messages []Message
	// Err describes a failure for people: no response, a truncated response, a client that
	// disconnected.
	Err string
	// Done reports whether the flow is complete. A flow that is not done is a request that was
	// recorded while its response was outstanding.
	Done bool
}

// ClientLeft is the Err of a flow whose client did not wait for the end of the answer.
const ClientLeft = "the client went away before the end of the answer"

// IsEndedByClient reports whether the client ended a stream of events. Such a stream has no other
// end (HTML standard, section 9.2), so the flow has not failed.
func (f *Flow) IsEndedByClient() bool {
	return f.Err == ClientLeft && f.Response != nil && f.Response.Header.MediaType() == "text/event-stream"
}

// Failure returns why the exchange failed, "" if it did not.
func (f *Flow) Failure() string {
	if f.IsEndedByClient() {
		return ""
	}
	return f.Err
}

// Scope names the flows whose placeholders are equal for equal secrets: "" for captured flows.
// Flows that an agent may have written have the scope of one call.
func (f *Flow) Scope() string {
	switch {
	case f.Source == SourceReplay:
		return "flow " + string(f.ID[:])
	case strings.HasPrefix(f.Source, SourceLoaded):
		return "import " + strconv.FormatUint(f.Import, 10)
	}
	return ""
}

// ParseChange is the inverse of [Change.String]. It returns 0 for other texts.
func ParseChange(s string) Change {
	for c := HeaderChanged; c <= HeaderChanged|BodyChanged|StartChanged; c++ {
		if c.String() == s {
			return c
		}
	}
	return 0
}

// Request is a request as the client sent it.
type Request struct {
	Method string
	Scheme string // "http" or "https"
	// Authority is the host of the connection in lower case, with its port unless it is the default
	// of the scheme. IPv6 addresses have brackets. A different Host header remains in Header.
	Authority string
	Path      string // percent-encoded as sent, starts with "/" ("*" for OPTIONS *)
	RawQuery  string // without "?"
	Proto     string // "HTTP/1.1", "HTTP/2.0"
	Header    Header
	Trailer   Header
	Body      Body
	Changed   Change // before the upstream received it
}

// Response is a response as the upstream sent it.
type Response struct {
	Status  int
	Proto   string
	Header  Header
	Trailer Header
	Body    Body
	Changed Change // before the client received it
}

// Change names the parts of a message that a rule of the proxy changed on the way. The message
// itself is recorded as its sender sent it.
type Change uint8

// The parts of a message that a rule changes.
const (
	HeaderChanged Change = 1 << iota
	BodyChanged
	StartChanged // the method, the target or the status
)

// String returns the changed parts, such as "header and body", or "" for none.
func (c Change) String() string {
	var parts []string
	for i, name := range []string{"header", "body", "start line"} {
		if c&(1<<i) != 0 {
			parts = append(parts, name)
		}
	}
	return strings.Join(parts, " and ")
}

// Body is a message body as sent, with its content encodings.
type Body struct {
	// Data is the body, or its first bytes if Truncated is set.
	Data []byte
	// Size is the number of bytes on the wire, at least len(Data).
	Size int64
	// Truncated reports whether Data is a prefix: the recorder's limit was reached, or the transfer
	// was interrupted.
	Truncated bool
	// Dropped reports whether Data is missing because the recorder had no time or memory for it.
	Dropped bool
	// Omitted says, for people, why redaction left Data out, with a digest of it. It is not stored.
	Omitted string
}

// Message is one message of a WebSocket (RFC 6455), decompressed (RFC 7692).
type Message struct {
	// At is the time at which the message was complete, relative to Flow.Started.
	At         time.Duration
	FromClient bool
	Kind       MessageKind
	// Data is the message, or its first bytes if Truncated is set.
	Data []byte
	// Size is the number of bytes of the whole message, at least len(Data).
	Size      int64
	Truncated bool
	Omitted   string // as in Body
}

// MessageKind is the kind of a WebSocket message: the opcode of its frames.
type MessageKind uint8

// The kinds of messages.
const (
	Text   MessageKind = 1
	Binary MessageKind = 2
	Close  MessageKind = 8
	Ping   MessageKind = 9
	Pong   MessageKind = 10
)

// String returns the name of the kind, or its opcode.
func (k MessageKind) String() string {
	switch k {
	case Text:
		return "text"
	case Binary:
		return "binary"
	case Close:
		return "close"
	case Ping:
		return "ping"
	case Pong:
		return "pong"
	}
	return fmt.Sprintf("opcode %d", uint8(k))
}

// URL returns the absolute URL of the request.
func (r *Request) URL() string {
	var b strings.Builder
	b.WriteString(r.Scheme)
	b.WriteString("://")
	b.WriteString(r.Authority)
	if r.Path != "*" {
		b.WriteString(r.Path)
	}
	if r.RawQuery != "" {
		b.WriteByte('?')
		b.WriteString(r.RawQuery)
	}
	return b.String()
}

// Target returns the path with the query, as the request line of HTTP/1.1 has them.
func (r *Request) Target() string {
	if r.RawQuery == "" {
		return r.Path
	}
	return r.Path + "?" + r.RawQuery
}

// ForeignHost returns the Host header if it names another host than Authority, or "".
func (r *Request) ForeignHost() string {
	host := strings.TrimSuffix(r.Header.Get("Host"), ":")
	port := ":80"
	if r.Scheme == "https" {
		port = ":443"
	}
	if host == "" || strings.EqualFold(host, r.Authority) || strings.EqualFold(host, r.Authority+port) {
		return ""
	}
	return host
}

// Origin returns the scheme and authority, such as "https://api.example.com".
func (r *Request) Origin() string { return r.Scheme + "://" + r.Authority }

// LogValue returns a summary for logs without headers, queries and bodies, which may hold secrets.
func (f *Flow) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.Uint64("seq", uint64(f.Seq)),
		slog.String("method", f.Request.Method),
		slog.String("host", f.Request.Authority),
	}
	if f.Response != nil {
		attrs = append(attrs, slog.Int("status", f.Response.Status))
	}
	return slog.GroupValue(append(attrs, slog.Duration("took", f.Took))...)
}
