package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/store"
)

// Limits of a server.
const (
	maxConns     = 128             // concurrent connections; more are closed at once
	greetTimeout = 5 * time.Second // for the greeting and the request
)

// Config configures a server. Store and Path are required.
type Config struct {
	// Store is the store to serve. The operation verify needs the method Verify of [store.DB]. The
	// caller closes it after the server.
	Store store.Store
	// Path is the path of the file, from which clients derive the path of the socket.
	Path string
	// Status, unless nil, returns the status of the owner, as a value for encoding/json.
	Status func() any
	// Logger gets errors of connections; nil discards them.
	Logger *slog.Logger
}

// Server serves a store to other processes.
type Server struct {
	cfg    Config
	socket string
	l      net.Listener
	info   os.FileInfo // of the socket, to recognize it

	stop context.CancelFunc
	wg   sync.WaitGroup

	mu    sync.Mutex // guards conns
	conns map[net.Conn]bool
}

// Start serves a store; when it returns, clients can connect. The caller must have the file locked:
// Start replaces an existing socket as one that a killed owner left. The caller closes the server.
func Start(cfg Config) (*Server, error) {
	if cfg.Store == nil || cfg.Path == "" {
		return nil, errors.New("serve store: Store and Path are required")
	}
	socket, err := socketPath(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("serve store %s: %w", cfg.Path, err)
	}
	s, err := start(cfg, socket)
	if err != nil {
		return nil, fmt.Errorf("serve store %s: %w", cfg.Path, err)
	}
	return s, nil
}

// start serves on a socket. Without a store, it serves the status alone.
func start(cfg Config, socket string) (*Server, error) {
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	l, err := listen(socket)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", socket, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{cfg: cfg, socket: socket, l: l, stop: stop, conns: map[net.Conn]bool{}}
	s.info, _ = os.Lstat(socket)
	s.wg.Go(func() { s.accept(ctx) })
	return s, nil
}

// Socket returns the path of the socket.
func (s *Server) Socket() string { return s.socket }

// Close ends the operations of clients, aborts their imports, and removes the socket. It does not
// close the store, which must stay open until Close returns. A second call does nothing.
func (s *Server) Close() error {
	s.stop()
	err := s.l.Close()
	s.mu.Lock()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	if now, serr := os.Lstat(s.socket); serr == nil && s.info != nil && os.SameFile(now, s.info) {
		os.Remove(s.socket)
	}
	if errors.Is(err, net.ErrClosed) { // closed before
		return nil
	}
	return err
}

func (s *Server) accept(ctx context.Context) {
	for {
		conn, err := s.l.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			s.cfg.Logger.Warn("control socket", "err", err)
			// Most likely there are no free file descriptors: wait for connections to end.
			if pause.For(ctx, 100*time.Millisecond) != nil {
				return
			}
			continue
		}
		if err := checkPeer(conn); err != nil {
			s.cfg.Logger.Warn("refuse a control connection", "err", err)
			conn.Close()
			continue
		}
		if !s.track(ctx, conn) {
			conn.Close()
			continue
		}
		s.wg.Go(func() { s.serve(ctx, conn) })
	}
}

// track registers a connection for Close. It reports false if the connection must be closed at
// once.
func (s *Server) track(ctx context.Context, conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil || len(s.conns) >= maxConns {
		return false
	}
	s.conns[conn] = true
	return true
}

func (s *Server) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer func() {
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	err := s.handle(ctx, conn)
	if err != nil && ctx.Err() == nil && !errors.Is(err, io.EOF) {
		s.cfg.Logger.Debug("control connection", "err", err)
	}
}

// handle serves one connection. It sends errors of the store to the client and returns those of the
// connection.
func (s *Server) handle(ctx context.Context, conn net.Conn) error {
	conn.SetDeadline(time.Now().Add(greetTimeout))
	c := newWire(conn)
	var got [len(greeting)]byte
	if _, err := io.ReadFull(c.r, got[:]); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, greeting); err != nil {
		return err
	}
	if string(got[:]) != greeting {
		return fmt.Errorf("%w: greeting %q", errProtocol, got)
	}
	var req request
	if err := c.readJSON(frameRequest, &req); err != nil {
		return err
	}
	conn.SetDeadline(time.Time{})
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	x := &exchange{s: s, conn: conn, store: s.cfg.Store, c: c, ctx: own, req: &req, cancel: cancel}
	if err := x.run(); err != nil {
		if ctx.Err() != nil {
			return nil // the server is closing: the client sees the end of the connection
		}
		if err := c.json(frameError, failureOf(err)); err != nil {
			return err
		}
		x.drain()
	}
	return c.w.Flush()
}

// drain reads the rest of a failed call from the client, for a limited time. Closing a connection
// with unread bytes would drop the error that was sent on it.
func (x *exchange) drain() {
	if x.watched {
		return // the client sends nothing, and cancelOnClose reads
	}
	x.conn.SetDeadline(time.Now().Add(greetTimeout))
	if half, ok := x.conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	io.Copy(io.Discard, x.c.r) // ends when the client has read the error
}
