package sysproxy

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAnswers(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // is for others
	media := "application/x-ns-proxy-autoconfig"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", media) }))
	defer srv.Close()
	s := settings(t, srv.Listener.Addr().String(), false)
	if err := Answers(t.Context(), s); err != nil {
		t.Error(err)
	}
	media = "text/html"
	if err := Answers(t.Context(), s); !errors.Is(err, ErrNotProxy) {
		t.Errorf("something else: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := Answers(t.Context(), settings(t, l.Addr().String(), false)); err == nil || errors.Is(err, ErrNotProxy) {
		t.Errorf("nothing there: %v", err)
	}
}
