// Package flow is the value that the whole system shares: one HTTP exchange as it was seen on the wire.
//
// A Flow is plain data. It holds what a client sent and what it got back, undecoded: bodies keep their
// content encoding, paths and queries their percent-encoding, headers their order where the source knew it.
// A proxy built on net/http does not: headers that it captured keep the order of values within a name, but
// names come sorted. Imported flows keep the order of their file.
//
// Subpackages read and write other formats ([github.com/spectap/spectap/flow/har]), undo content encodings
// ([github.com/spectap/spectap/flow/decode]) and take secrets out ([github.com/spectap/spectap/flow/redact]).
package flow

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Seq numbers the records of one log, from 1. Zero means not stored.
//
// The log numbers records, not flows: the request of a live flow and its completion are two records, joined
// by the flow's ID.
type Seq uint64

// ID joins the records of one flow. It is random, so that logs of several machines can be merged.
type ID [16]byte

// NewID returns a fresh random ID.
func NewID() ID {
	var id ID
	rand.Read(id[:]) // never fails: it aborts the program instead
	return id
}

// String returns the ID in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Flow is one HTTP exchange.
type Flow struct {
	// Seq is the number of the flow's first record. It names the flow for its whole life and is what
	// people and tools call it by.
	Seq Seq
	// Last is the number of its newest record, equal to Seq while there is one only. Readers that follow
	// the log remember the largest Last they have seen.
	Last Seq
	ID   ID
	// Source says where the flow comes from: "proxy", or "import:" and the base name of a file.
	Source string
	// Import is the number of the import that brought it, 0 for a live flow.
	Import uint64

	Started time.Time
	// Took is the time from Started to the last byte of the answer, or to the failure.
	Took time.Duration

	Request  Request
	Response *Response // nil while there is none; then Err says why, or Done is false
	// Messages are those of a WebSocket, in order of time, after the 101 answer.
	Messages []Message
	// Err says what went wrong, in words for people: no answer, an answer cut off, a client gone away.
	Err string
	// Done says that nothing more will come. A flow that is not Done is a request whose answer was still
	// awaited when it was recorded.
	Done bool
}

// Request is what the client asked.
type Request struct {
	Method string
	Scheme string // "http" or "https"
	// Authority is the host that was really connected to, lower case, with its port unless that is the
	// scheme's default; IPv6 addresses stand in brackets. A Host header that says otherwise stays in Header.
	Authority string
	Path      string // percent-encoded as sent, starts with "/" ("*" for OPTIONS *)
	RawQuery  string // without "?"
	Proto     string // "HTTP/1.1", "HTTP/2.0"
	Header    Header
	Trailer   Header
	Body      Body
}

// Response is what the client got.
type Response struct {
	Status  int
	Proto   string
	Header  Header
	Trailer Header
	Body    Body
}

// Body is a message body, as sent: content encodings are not undone.
type Body struct {
	// Data is the body, or its first bytes when Truncated.
	Data []byte
	// Size is the number of bytes that went over the wire, at least len(Data).
	Size int64
	// Truncated says that Data is a prefix: the recorder's cap was reached, or the transfer was cut off.
	Truncated bool
	// Dropped says that Data is missing because the recorder had no room for it, for want of speed or memory.
	Dropped bool
}

// Message is one message of a WebSocket (RFC 6455), its compression (RFC 7692) undone.
type Message struct {
	// At is when it was complete, counted from the flow's Started.
	At         time.Duration
	FromClient bool
	Kind       MessageKind
	// Data is the message, or its first bytes when Truncated.
	Data []byte
	// Size is the number of bytes of the whole message, at least len(Data).
	Size      int64
	Truncated bool
}

// MessageKind is the kind of a WebSocket message, as its frames' opcode has it.
type MessageKind uint8

// The kinds of messages.
const (
	Text   MessageKind = 1
	Binary MessageKind = 2
	Close  MessageKind = 8
	Ping   MessageKind = 9
	Pong   MessageKind = 10
)

// String names the kind in a word, or by its opcode.
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

// Origin returns scheme and authority, such as "https://api.example.com".
func (r *Request) Origin() string { return r.Scheme + "://" + r.Authority }

// LogValue shows a flow in a log without anything that could be secret: no headers, queries or bodies.
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
