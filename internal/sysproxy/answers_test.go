package sysproxy

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestAnswers checks that Answers accepts a server with a PAC file, and distinguishes another
// server from a closed port.
func TestAnswers(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // must be ignored
	media := "application/x-ns-proxy-autoconfig"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", media) }))
	defer srv.Close()
	s := settings(t, srv.Listener.Addr().String(), false)
	if err := Answers(t.Context(), s); err != nil {
		t.Error(err)
	}
	media = "text/html"
	if err := Answers(t.Context(), s); !errors.Is(err, ErrNotProxy) {
		t.Errorf("another server: %v, want ErrNotProxy", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := Answers(t.Context(), settings(t, l.Addr().String(), false)); err == nil || errors.Is(err, ErrNotProxy) {
		t.Errorf("closed port: %v, want another error than ErrNotProxy", err)
	}
}
