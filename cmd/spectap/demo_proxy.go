package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// shopTap is a proxy that trusts the sample API, with its store.
type shopTap struct {
	ca       *certs.Authority
	store    *store.DB
	control  *control.Server
	queue    *capture.Queue
	proxy    *capture.Proxy
	listener net.Listener
}

// openTap starts the proxy of the demo. Its files are in the folder of the demo.
func (s *demoRun) openTap() (t *shopTap, err error) {
	log, err := s.p.logger()
	if err != nil {
		return nil, err
	}
	t = &shopTap{}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("listen for the proxy: %w", err)
	}
	if t.ca, _, err = certs.LoadOrCreate(filepath.Join(s.dir, "ca")); err != nil {
		return nil, err
	}
	t.store, err = store.Open(filepath.Join(s.dir, "flows.db"), store.Options{Create: true, Logger: log})
	if err != nil {
		return nil, err
	}
	if t.control, err = control.Start(control.Config{Store: t.store, Path: t.store.Path(), Logger: log}); err != nil {
		return nil, err
	}
	if t.queue, err = capture.NewQueue(capture.QueueConfig{Store: t.store, Logger: log}); err != nil {
		return nil, err
	}
	t.proxy, err = capture.New(capture.Config{Sink: t.queue, Certificates: t.ca, Roots: s.server.Pool(), Logger: log})
	if err != nil {
		return nil, err
	}
	go t.proxy.Serve(t.listener) // if it fails, so do the requests
	return t, nil
}

// close stops the proxy, stores the queue and closes the store, in this order, so that no flow is
// lost. It works on an incomplete tap, and a second time.
func (t *shopTap) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	var errs []error
	switch {
	case t.proxy != nil:
		errs = append(errs, t.proxy.Shutdown(ctx))
	case t.listener != nil:
		t.listener.Close()
	}
	if t.queue != nil {
		errs = append(errs, t.queue.Close(ctx))
	}
	if t.control != nil {
		t.control.Close()
	}
	if t.store != nil {
		errs = append(errs, t.store.Close())
	}
	return errors.Join(errs...)
}

// counts returns how many flows were recorded, and how many flows and bodies were lost.
func (t *shopTap) counts() (recorded, lost int64) {
	p, q := t.proxy.Stats(), t.queue.Stats()
	return p.Flows - q.Lost, p.Lost + q.Lost + p.BodiesLost + q.BodiesLost
}
