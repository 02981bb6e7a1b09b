// Package httpserver serves HTTP until a context ends, and waits for the running requests. It also
// decides which requests a server on this machine answers.
//
// Read httpserver.go first, then reach.go.
package httpserver

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Serve accepts connections of l until ctx ends. Then it calls end, unless nil, to end streams of
// events and the like, and waits until the running requests are answered. Both have grace together;
// requests that take longer are cut off. It speaks TLS if s has a TLSConfig, and closes l. The
// error is nil after ctx has ended.
func Serve(ctx context.Context, s *http.Server, l net.Listener, grace time.Duration, end func(context.Context)) error {
	serve := s.Serve
	if s.TLSConfig != nil {
		serve = func(l net.Listener) error { return s.ServeTLS(l, "", "") }
	}
	done := make(chan error, 1)
	go func() { done <- serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if end != nil {
		end(wait)
	}
	if s.Shutdown(wait) != nil {
		s.Close()
	}
	<-done
	return nil
}
