package streamable

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// stream is a sequence of messages for the client of an HTTP session or request, which one HTTP
// response at a time reads. It keeps messages that were read, so that a client whose connection
// broke can resume after the last one that it has.
type stream struct {
	number uint64
	// kept bounds the bytes of messages that were read and are kept.
	kept int

	mu      sync.Mutex
	first   int            // the number of the first message that is kept; numbers start at 1
	texts   [][]byte       // of the messages from first on
	once    map[string]int // the numbers of messages that need not be there twice unread, by what they say
	size    int            // of texts, in bytes, with messageCost for each
	read    int            // the number of the last message that was read
	ended   bool           // there are no further messages
	status  int            // of an HTTP response that is the last message alone; 0 if the stream has no last message
	failed  bool           // the last message is an error
	lacks   []string       // scopes for which the last message is a denial
	changed chan struct{}
	reader  int // changes when another response takes over
}

func newStream(number uint64, kept int) *stream {
	return &stream{number: number, kept: kept, first: 1, changed: make(chan struct{})}
}

// maxUnread bounds the messages of a stream that the client has not read, in bytes.
const maxUnread = 20 << 20

// push adds a message. It reports false if the stream has ended, or holds too much that the client
// does not read: then the message is dropped.
func (s *stream) push(text []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.hasRoom(text) {
		return false
	}
	s.add(text)
	return true
}

// messageCost is the memory of a message in addition to its text, in bytes.
const messageCost = 100

// pushOnce adds a message unless an unread one has the same key.
func (s *stream) pushOnce(key string, text []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.once[key] > s.read:
		return true
	case !s.hasRoom(text):
		return false
	case s.once == nil:
		s.once = map[string]int{}
	}
	maps.DeleteFunc(s.once, func(_ string, number int) bool { return number <= s.read })
	s.once[key] = s.first + len(s.texts)
	s.add(text)
	return true
}

// hasRoom reports whether the stream takes a message. The caller holds s.mu.
func (s *stream) hasRoom(text []byte) bool {
	return !s.ended && s.size+len(text)+messageCost <= maxUnread
}

// finish adds the last message, with the status that it has as a response of its own.
func (s *stream) finish(m *jsonrpc.Message, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.ended, s.status, s.failed = true, status, m.Err != nil
		s.add(m.Text)
	}
}

// get returns a field that mu guards.
func get[T any](mu *sync.Mutex, field *T) T {
	mu.Lock()
	defer mu.Unlock()
	return *field
}

// add adds a message. The caller holds s.mu.
func (s *stream) add(text []byte) {
	s.texts = append(s.texts, text)
	s.size += len(text) + messageCost
	s.wake()
}

// end says that there are no further messages.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.wake()
}

// only reports whether the stream is one message, the last, and its status.
func (s *stream) only() (status int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status, s.status != 0 && s.first+len(s.texts) == 2
}

// wake wakes the reader. The caller holds s.mu.
func (s *stream) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *stream) isEnded() bool { return get(&s.mu, &s.ended) }

// trim forgets the oldest messages that were read. The caller holds s.mu.
func (s *stream) trim() {
	for len(s.texts) > 0 && s.first <= s.read && s.size > s.kept {
		s.size -= len(s.texts[0]) + messageCost
		s.texts[0] = nil
		s.texts = s.texts[1:]
		s.first++
	}
}

// errTaken ends a response whose stream is read by another one.
var errTaken = errors.New("the stream is read by another request")

// errUnanswered says that a call has no answer: it was cancelled, or its session has ended.
var errUnanswered = errors.New("the call gets no answer")

// take makes a response the reader. It returns its turn, for next.
func (s *stream) take() (turn int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reader++
	s.wake()
	return s.reader
}

// next returns the message after the given number, nil at the end of the stream. It waits for one
// until ctx ends, or another response takes the stream over.
func (s *stream) next(ctx context.Context, turn, after int) (text []byte, err error) {
	for {
		s.mu.Lock()
		at, changed := after+1-s.first, s.changed
		switch {
		case s.reader != turn:
			s.mu.Unlock()
			return nil, errTaken
		case at >= 0 && at < len(s.texts):
			text = s.texts[at]
			s.read = max(s.read, after+1)
			s.trim()
			s.mu.Unlock()
			return text, nil
		case s.ended:
			s.mu.Unlock()
			return nil, nil
		}
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// canResume reports whether all messages after the given number are still there.
func (s *stream) canResume(after int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return after >= 0 && after+1 >= s.first && after < s.first+len(s.texts)
}

// events writes messages as server-sent events.
type events struct {
	w      http.ResponseWriter
	stream *stream // for ids of events; nil if the stream cannot be resumed
}

// The times of a stream of events.
const (
	writeTimeout = 30 * time.Second
	keepAlive    = 15 * time.Second
)

// begin sends the header, and with prime the id of the stream's start, so that a client can resume
// it from there.
func (e events) begin(prime bool) error {
	h := e.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	e.w.WriteHeader(http.StatusOK)
	if prime {
		return e.write(fmt.Appendf(nil, "id: %d-0\ndata: \n\n", e.stream.number))
	}
	return e.write(nil)
}

// message sends a message. Its text has no line ends.
func (e events) message(n int, text []byte) error {
	var b []byte
	if e.stream != nil {
		b = fmt.Appendf(b, "id: %d-%d\n", e.stream.number, n)
	}
	b = append(append(append(b, "event: message\ndata: "...), text...), "\n\n"...)
	return e.write(b)
}

func (e events) write(b []byte) error {
	control := http.NewResponseController(e.w)
	_ = control.SetWriteDeadline(time.Now().Add(writeTimeout)) // without it, the client's connection bounds the time
	if len(b) > 0 {
		if _, err := e.w.Write(b); err != nil {
			return err
		}
	}
	return control.Flush()
}

// serve sends the messages of s after the given number, until the stream ends or the client does.
func (e events) serve(ctx context.Context, s *stream, turn, after int) error {
	for {
		wait, cancel := context.WithTimeout(ctx, keepAlive)
		text, err := s.next(wait, turn, after)
		cancel()
		switch {
		case err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
			if err := e.write([]byte(": still here\n\n")); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		case text == nil:
			return nil
		}
		after++
		if err := e.message(after, text); err != nil {
			return err
		}
	}
}
