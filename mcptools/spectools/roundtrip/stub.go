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

// receivedRequest is a request as the stub received it.
type receivedRequest struct {
	method, path, query string
	header              flow.Header
	body                []byte
}

// stub takes the place of the API. It records the requests that it receives and returns a given
// response.
type stub struct {
	url    string
	server *http.Server

	mu       sync.Mutex // guards what follows
	answer   *flow.Response
	complete bool // the answer has its headers and body
	got      []receivedRequest
}

// maxStubBody limits the body of a request, in bytes.
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

// setAnswer sets the response to the next request, complete or its status alone, and drops the
// requests so far.
func (s *stub) setAnswer(r *flow.Response, complete bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer, s.complete, s.got = r, complete, nil
}

func (s *stub) requests() []receivedRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, maxStubBody)) // the comparison finds a truncated body
	s.mu.Lock()
	s.got = append(s.got, receivedRequest{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, flow.HeaderOf(r.Header), body})
	answer, complete := s.answer, s.complete
	s.mu.Unlock()
	if answer == nil || answer.Status < 200 || answer.Status > 599 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !complete {
		w.WriteHeader(answer.Status)
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
