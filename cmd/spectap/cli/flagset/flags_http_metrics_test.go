package flagset

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/metrics"
	"github.com/spectap/spectap/internal/httpserver"
)

// stalledWriter is the connection of a client that does not read until it is told to.
type stalledWriter struct {
	http.ResponseWriter
	writes chan<- struct{}
	read   <-chan struct{}
}

func (w stalledWriter) Write(p []byte) (int, error) {
	close(w.writes)
	<-w.read
	return w.ResponseWriter.Write(p)
}

// TestStalledScrape checks that a client that does not read the metrics does not block others.
func TestStalledScrape(t *testing.T) {
	r, err := httpserver.NewReach(httpserver.ReachConfig{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}})
	if err != nil {
		t.Fatal(err)
	}
	h := metricsHandler(r, func() *metrics.Page {
		p := new(metrics.Page)
		p.Family("x", metrics.Gauge, "x")
		p.Sample(1)
		return p
	})
	request := func() *http.Request { return httptest.NewRequest("GET", "http://127.0.0.1:1"+metricsPath, nil) }
	writes, read, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		h.ServeHTTP(stalledWriter{httptest.NewRecorder(), writes, read}, request())
		close(done)
	}()
	<-writes
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request())
	if !strings.Contains(w.Body.String(), "x 1") {
		t.Errorf("another client gets %d %s", w.Code, w.Body)
	}
	close(read)
	<-done
}
