package front

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// TestBodiesShareABound checks that many bodies that are within the limit of one are refused
// together, and that others pass when they have ended.
func TestBodiesShareABound(t *testing.T) {
	const size = 10_000
	token := NewToken()
	url := start(t, Config{Token: token, MaxBody: size})
	host := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), DefaultPath)
	var conns []net.Conn
	for range 2 * maxBodies { // a body that is read late may be the one that is refused
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns = append(conns, c)
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n",
			DefaultPath, host, token, size)
		if line, err := bufio.NewReader(c).ReadString('\n'); !strings.Contains(line, "100 Continue") { // it reads the body
			t.Fatalf("the server answers %q, %v", line, err)
		}
		fmt.Fprint(c, strings.Repeat(" ", size-100))
	}
	message := strings.Repeat(" ", size/2) + initialize
	status, text := 0, ""
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // the server gives up the others after two
	defer cancel()
	for ctx.Err() == nil && status != http.StatusServiceUnavailable { // until the server has read the others
		status, text = post(t, url, token, strings.NewReader(message))
	}
	if !strings.Contains(text, "other requests") {
		t.Errorf("the answer is %q", text)
	}
	for _, c := range conns {
		c.Close()
	}
	for ctx.Err() == nil && status != http.StatusOK {
		status, _ = post(t, url, token, strings.NewReader(message))
	}
	if ctx.Err() != nil {
		t.Errorf("the last answer after a minute is %d: %s", status, text)
	}
}

// TestBusySaysWhen checks that a client whose body found no room is told when to try again, and that
// its message goes no further. A body that just fits passes.
func TestBusySaysWhen(t *testing.T) {
	f, err := New(Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, NoToken: true}, map[string]*server.MCPServer{"/mcp": newServer()})
	if err != nil {
		t.Fatal(err)
	}
	const answer = initialize
	message := strings.Repeat(" ", 64<<10) + answer // the first 64 KiB do not count
	for over, want := range []int{http.StatusOK, http.StatusServiceUnavailable} {
		f.held.Store(16*f.c.MaxBody - int64(len(answer)) + int64(over))
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "http://127.0.0.1:1/mcp", strings.NewReader(message))
		r.Header.Set("Content-Type", "application/json")
		if f.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%d bytes over the bound: status %d", over, w.Code)
		}
		if over > 0 && (w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), busyError{}.Error())) {
			t.Errorf("%v %s", w.Header(), w.Body)
		}
	}
	if held := f.held.Load(); held != 16*f.c.MaxBody-int64(len(answer))+1 {
		t.Errorf("%d bytes are held after the end", held)
	}
}

// TestSmallBodiesAreServed checks that a small message is served when others take all the memory.
func TestSmallBodiesAreServed(t *testing.T) {
	f, err := New(Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, NoToken: true}, map[string]*server.MCPServer{"/mcp": newServer()})
	if err != nil {
		t.Fatal(err)
	}
	f.held.Store(16 * f.c.MaxBody)
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "http://127.0.0.1:1/mcp", strings.NewReader(initialize))
	r.Header.Set("Content-Type", "application/json")
	if f.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if held := f.held.Load(); held != 16*f.c.MaxBody {
		t.Errorf("%d bytes are held after the end", held)
	}
}

// TestRefusedBodyIsNotRead checks that a body that was refused is not read again.
func TestRefusedBodyIsNotRead(t *testing.T) {
	f := &Front{c: Config{MaxBody: 1}}
	in := strings.NewReader(strings.Repeat("x", 2*maxBodies+2))
	r := &http.Request{Body: io.NopCloser(in)}
	release := f.share(r)
	p := make([]byte, maxBodies+1)
	for n := range 2 {
		if got, err := r.Body.Read(p); got != 0 || !errors.As(err, new(busyError)) {
			t.Errorf("read %d: %d bytes, %v", n, got, err)
		}
	}
	if in.Len() != maxBodies+1 {
		t.Errorf("%d bytes are left, want %d", in.Len(), maxBodies+1)
	}
	if release(); f.held.Load() != 0 {
		t.Errorf("%d bytes are held after the end", f.held.Load())
	}
}
