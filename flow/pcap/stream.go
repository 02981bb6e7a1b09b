package pcap

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/exchange"
)

// stream is a connection.
type stream struct {
	r      *Reader
	number int
	from   netip.AddrPort // the sender of the first packet
	addrs  [2]string      // of that side, and of the other one
	order  [2]sequence
	seen   time.Time // the last packet
	halves [2]half
	client int // the half of the client, or unknown
	last   int // the half that sent last
	ended  bool
	// failed is how much was there when an exchange was not complete, else 0. It is tried again
	// when there is twice as much, so that the work stays linear.
	failed int
}

const (
	unknown = -1
	// smallExchange is the number of bytes that may be parsed again and again.
	smallExchange = 16 << 10
)

// half is what one side sent and is not yet a flow.
type half struct {
	data        []byte
	first, last time.Time // of data
}

// take takes the next segment of one side, or one that was sent again with more.
func (s *stream) take(side int, x waiting) {
	q := &s.order[side]
	again := q.next - x.seq
	if int64(again) > int64(len(x.payload)) {
		return
	}
	data := x.payload[again:]
	q.next += uint32(len(data))
	q.closed = q.closed || x.fin
	if len(data) > 0 && !s.ended {
		s.add(side, data, x.at)
	}
}

// add adds bytes of one side. A client that sends after the server has the answers to what it sent
// before.
func (s *stream) add(side int, data []byte, at time.Time) {
	if s.client == unknown && !s.findClient(side, data) {
		s.r.skipped++
		s.drop()
		return
	}
	if n := s.size(); side == s.client && s.last != s.client && (n < smallExchange || n >= 2*s.failed) {
		s.drain(false)
		s.failed = s.size()
	}
	h := &s.halves[side]
	if s.ended {
		return
	}
	if len(h.data)+len(data) > maxExchange || s.r.buffered+len(data) > maxBuffered {
		s.fail(fmt.Errorf("the exchange, or all at once: %w", exchange.ErrTooLarge))
		return
	}
	if len(h.data) == 0 {
		h.first = at
	}
	h.last = at
	h.data = append(h.data, data...)
	s.r.buffered += len(data)
	s.last = side
}

// size is how much both sides sent that is not yet a flow.
func (s *stream) size() int { return len(s.halves[0].data) + len(s.halves[1].data) }

var (
	requestLine = regexp.MustCompile(`^\r?\n?[A-Z]{2,20} [^ \r\n]+ HTTP/1\.[01]\r?\n`)
	methodOnly  = regexp.MustCompile(`^\r?\n?[A-Z]{2,20} [^ \r\n]*$`) // a request whose line is in more than one segment
	statusLine  = []byte("HTTP/1.")
)

// findClient finds the side of the client by the first bytes of a connection.
func (s *stream) findClient(side int, data []byte) bool {
	switch {
	case requestLine.Match(data), methodOnly.Match(data):
		s.client = side
	case bytes.HasPrefix(data, statusLine):
		s.client = 1 - side
	default:
		return false
	}
	s.last = s.client
	return true
}

// end takes what was sent as the last exchanges, and nothing more.
func (s *stream) end() {
	if !s.ended && s.client != unknown {
		s.drain(true)
	}
	s.drop()
}

// drop forgets what was sent, and what will be.
func (s *stream) drop() {
	s.ended = true
	for i := range s.halves {
		s.r.buffered -= len(s.halves[i].data)
		s.halves[i] = half{}
	}
}

// fail ends the connection with an error.
func (s *stream) fail(err error) {
	err = fmt.Errorf("connection of %s and %s: %w", s.addrs[0], s.addrs[1], err)
	s.r.ready = append(s.r.ready, result{err: &exchange.EntryError{Entry: s.number, Err: err}})
	s.drop()
}

// drain turns complete exchanges into flows. final says that nothing more comes.
func (s *stream) drain(final bool) {
	client, server := &s.halves[s.client], &s.halves[1-s.client]
	if len(client.data) == 0 { // the request was not captured
		s.consume(1-s.client, len(server.data))
		return
	}
	for len(client.data) > 0 { // ends with the stream as well: that drops what was sent
		requests := source(client.data)
		request, err := exchange.ReadRequest(requests.b, maxExchange)
		switch {
		case err == io.EOF:
			return
		case errors.Is(err, io.ErrUnexpectedEOF):
			if !final {
				return
			}
			if request.Method == "" {
				s.fail(errors.New("it ends within a request line"))
				return
			}
		case errors.Is(err, exchange.ErrNotHTTP): // a tunnel
			s.r.skipped++
			s.drop()
			return
		case err != nil:
			s.fail(err)
			return
		}
		responses := source(server.data)
		response, rerr := exchange.ReadResponse(responses.b, request.Method, maxExchange)
		switch {
		case rerr == io.EOF, errors.Is(rerr, io.ErrUnexpectedEOF):
			if !final {
				return
			}
		case rerr != nil:
			s.fail(rerr)
			return
		}
		s.emit(request, response, err != nil || rerr != nil)
		if s.ended { // it could not
			return
		}
		s.consume(s.client, requests.used())
		s.consume(1-s.client, responses.used())
		if response != nil && response.Status == 101 {
			s.drop() // another protocol follows
		}
	}
}

// emit adds a flow.
func (s *stream) emit(request flow.Request, response *flow.Response, cut bool) {
	if request.Authority == "" {
		request.Authority = request.Header.Get("Host")
		if request.Authority == "" {
			request.Authority = s.addrs[1-s.client]
		}
	}
	u, err := exchange.SplitURL("http://" + request.Authority + "/")
	if err != nil {
		s.fail(fmt.Errorf("host %.60q: %w", request.Authority, err))
		return
	}
	request.Authority = u.Authority
	request.Scheme = cmp.Or(request.Scheme, "http")
	client, server := s.halves[s.client], s.halves[1-s.client]
	f := flow.Flow{
		ID: flow.NewID(), Source: s.r.source, Started: client.first.UTC(), Done: true, Request: request, Response: response,
	}
	if end := server.last; end.After(client.first) {
		f.Took = end.Sub(client.first)
	}
	switch {
	case response == nil:
		f.Err = "no answer was captured"
	case cut && !untilEnd(response):
		f.Err = "the capture lacks the end of the exchange"
	}
	s.r.ready = append(s.r.ready, result{flow: f})
}

// untilEnd reports whether a response ends with its connection.
func untilEnd(r *flow.Response) bool {
	return !r.Header.Has("Content-Length") && !strings.Contains(strings.ToLower(r.Header.Get("Transfer-Encoding")), "chunked")
}

// consume removes bytes of one side.
func (s *stream) consume(side, n int) {
	h := &s.halves[side]
	s.r.buffered -= n
	h.data = h.data[n:]
	h.first = h.last
}

// counted is a reader that says how much of its data was used.
type counted struct {
	r *bytes.Reader
	b *bufio.Reader
	n int
}

func source(data []byte) *counted {
	r := bytes.NewReader(data)
	return &counted{r, bufio.NewReader(r), len(data)}
}

func (c *counted) used() int { return c.n - c.r.Len() - c.b.Buffered() }
