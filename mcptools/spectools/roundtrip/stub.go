package roundtrip

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
)

// arrived is a request as the stub got it.
type arrived struct {
	method, path, query string
	header              flow.Header
	body                []byte
}

// stub takes the place of the API: it remembers what it gets and gives the answer it was told.
type stub struct {
	url    string
	server *http.Server

	mu     sync.Mutex // guards what follows
	answer *flow.Response
	got    []arrived
}

// maxStubBody bounds what the stub reads of a request.
const maxStubBody = 64 << 20

func newStub() (*stub, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the stub: %w", err)
	}
	s := &stub{url: "http://" + l.Addr().String()}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go s.server.Serve(l) // ends with Close
	return s, nil
}

func (s *stub) Close() error { return s.server.Close() }

// expect says what to answer next, and forgets what came before.
func (s *stub) expect(r *flow.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer, s.got = r, nil
}

func (s *stub) arrivals() []arrived {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, maxStubBody)) // a body cut short shows in the comparison
	s.mu.Lock()
	s.got = append(s.got, arrived{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, flow.HeaderOf(r.Header), body})
	answer := s.answer
	s.mu.Unlock()
	if answer == nil || answer.Status < 200 || answer.Status > 599 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	data, _, err := decode.Bytes(answer.Header, answer.Body, maxStubBody)
	if err != nil {
		data = nil
	}
	for _, name := range []string{"Content-Type", "Location", "Link", "Retry-After"} {
		if v := answer.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(answer.Status)
	if answer.Status != http.StatusNoContent && answer.Status != http.StatusNotModified {
		w.Write(data)
	}
}
