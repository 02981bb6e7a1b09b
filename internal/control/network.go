package control

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"strings"
	"time"

	"github.com/spectap/spectap/store"
)

// ErrDenied means that a caller is unknown or lacks the right to an operation.
var ErrDenied = errors.New("not allowed")

// ErrBusy means that a server on a network holds the maximum of its callers' data. A later call can
// succeed.
var ErrBusy = errors.New("busy")

// maxNetworkRequest bounds the request of a caller over a network, in bytes, before the caller is
// authenticated.
const maxNetworkRequest = 1 << 20

// maxNetworkConns is the number of concurrent connections of a server on a network.
const maxNetworkConns = 1024

// Login identifies a caller over a network.
type Login struct {
	Team string
	// Key is a public key, and Signature the signature of Binding by its owner. Without credentials
	// they are "" and nil.
	Key       string `json:",omitzero"`
	Signature []byte `json:",omitzero"`
	// Binding is the channel binding of the TLS connection (RFC 9266), which makes a signature
	// useless on other connections. It is not sent. It is nil without TLS.
	Binding []byte `json:"-"`
}

// Access holds the rights of a caller over a network: to deliver the blocks of one source, to read
// everything, or to do both and change everything.
type Access struct {
	// Source, unless "", is the source whose blocks may be applied, and whose position may be read:
	// this name, alone or followed by a dot and anything.
	Source string
	Read   bool
	Write  bool
}

// owns reports whether a source belongs to the caller.
func (a *Access) owns(source string) bool {
	return a.Source != "" && (source == a.Source || strings.HasPrefix(source, a.Source+"."))
}

// check returns [ErrDenied] if a request is not allowed.
func (a *Access) check(req *request) error {
	allowed := a.Write
	switch req.Op {
	case opMarks: // hide removes the positions of other sources
		allowed = true
	case opApply:
		allowed = allowed || req.Mark != nil && a.owns(req.Mark.Source)
	case opGet, opScan, opWatch, opStat, opSnapshot, opLoad, opSecret, opVerify, opSessions, opStatus:
		allowed = allowed || a.Read
	}
	if !allowed {
		return fmt.Errorf("%s: %w with these credentials", req.Op, ErrDenied)
	}
	return nil
}

// hide removes the positions that the caller may not see.
func (a *Access) hide(marks map[string]uint64) {
	if !a.Read && !a.Write {
		maps.DeleteFunc(marks, func(source string, _ uint64) bool { return !a.owns(source) })
	}
}

// NetworkConfig configures a server on a network. Listener and Admit are required.
type NetworkConfig struct {
	// Listener has TLS, unless it is on a loopback address and there are no credentials. The server
	// closes it.
	Listener net.Listener
	// Admit returns the store of a caller, and its rights there. The error is [ErrDenied] for an
	// unknown caller. It is called for each operation, at the same time from several goroutines.
	// The stores must stay open until Close returns.
	Admit func(Login) (store.Store, Access, error)
	// Logger gets errors of connections; nil discards them.
	Logger *slog.Logger
}

// StartNetwork serves stores over a network. The caller closes the server.
func StartNetwork(cfg NetworkConfig) *Server { return startNetwork(cfg, maxNetworkHeld) }

// startNetwork is StartNetwork with a bound of the bytes that all calls hold together.
func startNetwork(cfg NetworkConfig, maxHeld int64) *Server {
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		cfg: Config{Logger: cfg.Logger}, l: cfg.Listener, stop: stop, conns: map[net.Conn]bool{},
		admit: cfg.Admit, maxConns: maxNetworkConns, maxCall: maxNetworkCall, maxHeld: maxHeld,
	}
	s.wg.Go(func() { s.accept(ctx) })
	return s
}

// checkPeer checks who connects to a socket. Over a network, login does.
func (s *Server) checkPeer(conn net.Conn) error {
	if s.admit != nil {
		return nil
	}
	return checkPeer(conn)
}

// login sets the store of an exchange and the rights of the caller.
func (s *Server) login(conn net.Conn, x *exchange) error {
	if s.admit == nil {
		return nil
	}
	var l Login
	if x.req.Login != nil {
		l = *x.req.Login
	}
	var err error
	if l.Binding, err = binding(conn); err != nil {
		return err
	}
	st, access, err := s.admit(l)
	if err != nil {
		return err
	}
	x.store, x.access, x.known = st, &access, time.Now()
	return nil
}

// stillAdmitted returns an error if the caller has lost the right to the operation in progress
// because its key was removed.
func (x *exchange) stillAdmitted() error {
	if x.access == nil || time.Since(x.known) < time.Second {
		return nil
	}
	if err := x.s.login(x.conn, x); err != nil {
		return err
	}
	return x.access.check(x.req)
}

// binding returns the channel binding of a TLS connection, or nil if the connection is not TLS.
func binding(conn net.Conn) ([]byte, error) {
	c, ok := conn.(*tls.Conn)
	if !ok {
		return nil, nil
	}
	state := c.ConnectionState()
	if state.Version < tls.VersionTLS13 {
		return nil, fmt.Errorf("%w: TLS 1.3 is required", ErrDenied)
	}
	b, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	if err != nil {
		return nil, fmt.Errorf("bind the login to the connection: %w", err)
	}
	return b, nil
}

// Remote is a server on a network. Address and Team are required.
type Remote struct {
	Address string // HOST:PORT
	Team    string
	// TLS, unless nil, is the configuration of the connection. Without it, the connection is plain.
	TLS *tls.Config
	// Sign, unless nil, returns the public key of the caller, and its signature of binding.
	Sign func(binding []byte) (key string, signature []byte, err error)
}

// DialRemote connects to a server on a network. The error is [ErrNoOwner] if there is no server,
// [ErrDenied] if the server does not know the caller, and [ErrProtocol] if it has another version.
// With readOnly, methods that write return [store.ErrReadOnly]. Errors contain name. The caller
// closes the store.
func DialRemote(ctx context.Context, name string, r Remote, readOnly bool) (Store, error) {
	c := NewRemote(name, r, readOnly)
	if _, err := c.Marks(ctx); err != nil { // every caller may read them
		c.Close()
		if errors.Is(err, ErrOwnerGone) {
			err = fmt.Errorf("open store %s: %w", name, ErrNoOwner)
		}
		return nil, err
	}
	return c, nil
}

// NewRemote is DialRemote without an initial connection: each call makes one, and fails if there is
// no server at that time.
func NewRemote(name string, r Remote, readOnly bool) Store {
	if r.TLS != nil {
		r.TLS = r.TLS.Clone()
		r.TLS.MinVersion = tls.VersionTLS13 // earlier ones do not always bind a login to the connection
	}
	c := &Client{path: name, remote: &r, readOnly: readOnly}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// connectRemote opens a connection over a network, and signs the request.
func (c *Client) connectRemote(ctx context.Context, req *request) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: greetTimeout}
	var conn net.Conn
	var err error
	if c.remote.TLS != nil {
		ctx, cancel := context.WithTimeout(ctx, greetTimeout)
		conn, err = (&tls.Dialer{NetDialer: dialer, Config: c.remote.TLS}).DialContext(ctx, "tcp", c.remote.Address)
		cancel()
	} else {
		conn, err = dialer.DialContext(ctx, "tcp", c.remote.Address)
	}
	if err != nil {
		return nil, c.dialError(ctx, err)
	}
	login := &Login{Team: c.remote.Team}
	if c.remote.Sign != nil {
		b, err := binding(conn)
		if err == nil {
			login.Key, login.Signature, err = c.remote.Sign(b)
		}
		if err != nil {
			conn.Close()
			return nil, fmt.Errorf("open store %s: sign the login: %w", c.path, err)
		}
	}
	req.Login = login
	conn.SetDeadline(time.Time{})
	return conn, nil
}
