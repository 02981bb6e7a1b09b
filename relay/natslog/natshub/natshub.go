// Package natshub runs a NATS server with JetStream in this process: a node of a hub. Every write
// is synced to the disk before it is acknowledged.
//
// Without users, a hub accepts connections of this machine only. With users, each team has an
// account of its own, and so has each key but those of administrators.
//
// It and the server are left out with the build tag nohub. Read natshub.go first.
package natshub

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/relay/natslog"
)

// Config configures a node. Listen and Dir are required.
type Config struct {
	Listen string // HOST:PORT for clients; port 0 selects a free one
	Dir    string // holds the data
	// Cluster are the addresses, HOST:PORT, at which the nodes of a cluster reach each other, in
	// the same order on all nodes. Node is the place of this node in it, from 1.
	Cluster []string
	Node    int
	// Secret is shared by the nodes of a cluster. It is required if one of their addresses is not
	// of this machine.
	Secret string
	// Certificate is that of TLS for clients and between nodes. Nil means no TLS.
	Certificate *tls.Certificate
	// Roots verify the certificates of other nodes; required with Certificate in a cluster.
	Roots *x509.CertPool
	// Users may connect. Without users, everybody on this machine may, and Listen must be a
	// loopback address.
	Users []User
	// KeepAge and KeepBytes are the limits of the teams' streams that the hub creates.
	KeepAge   time.Duration
	KeepBytes int64
	Logger    *slog.Logger // nil discards
}

// Hub is a running node.
type Hub struct {
	cfg    Config
	server *server.Server
	admins map[string]nkeys.KeyPair // by team; known to this process only
	ctx    context.Context
	cancel context.CancelFunc
}

// Errors of Start.
var (
	ErrNotLoopback = errors.New("without users, a hub accepts connections of this machine only")
	ErrNoSecret    = errors.New("nodes on other machines need a shared secret")
	ErrNoTLS       = errors.New("clients on other machines need TLS")
	ErrOneNode     = errors.New("a cluster needs the addresses of at least two nodes")
)

// Start starts a node. The caller closes it.
func Start(cfg Config) (*Hub, error) {
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	h := &Hub{cfg: cfg, admins: map[string]nkeys.KeyPair{}}
	o, err := h.options(cfg.Users, everybody)
	if err != nil {
		return nil, err
	}
	// The server would try again until its time is over.
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("start the hub: %w", err)
	}
	l.Close()
	if h.server, err = server.NewServer(o); err != nil {
		return nil, fmt.Errorf("start the hub: %w", err)
	}
	h.server.SetLoggerV2(serverLog{cfg.Logger}, false, false, false)
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.server.Start()
	if !h.server.ReadyForConnections(30 * time.Second) {
		h.Close()
		return nil, fmt.Errorf("start the hub on %s: it does not accept connections", cfg.Listen)
	}
	if err := h.limitStreams(); err != nil {
		h.Close()
		return nil, err
	}
	go h.createStreams(h.teams(), h.createFor)
	return h, nil
}

// Addr returns the address for clients.
func (h *Hub) Addr() net.Addr { return h.server.Addr() }

// Close stops the node. Clients reconnect to others.
func (h *Hub) Close() {
	h.cancel()
	h.server.Shutdown()
	h.server.WaitForShutdown()
}

// options returns the options of the server. admits reports whether a user may connect.
func (h *Hub) options(users []User, admits func(User) bool) (*server.Options, error) {
	host, port, err := splitAddress(h.cfg.Listen)
	if err != nil {
		return nil, err
	}
	port = cmp.Or(port, server.RANDOM_PORT)
	if len(users) == 0 && !isLoopback(host) {
		return nil, fmt.Errorf("listen on %s: %w", h.cfg.Listen, ErrNotLoopback)
	}
	if h.cfg.Certificate == nil && !isLoopback(host) {
		return nil, fmt.Errorf("listen on %s: %w", h.cfg.Listen, ErrNoTLS)
	}
	o := &server.Options{}
	if len(users) > 0 {
		conf, err := h.accounts(users, admits)
		if err != nil {
			return nil, err
		}
		if err := o.ProcessConfigString(conf); err != nil {
			return nil, fmt.Errorf("make accounts of the users: %w", err)
		}
	}
	o.ServerName, o.Host, o.Port, o.NoSigs = "spectap-node-"+strconv.Itoa(max(1, h.cfg.Node)), host, port, true
	o.JetStream, o.StoreDir, o.SyncAlways = true, filepath.Join(h.cfg.Dir, "nats"), true
	o.JetStreamMaxStore, o.JetStreamMaxMemory = 1<<50, 256<<20
	o.MaxPayload, o.NoFastProducerStall = 1<<20, true
	if c := h.cfg.Certificate; c != nil {
		o.TLS, o.TLSTimeout = true, 5
		o.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*c}, MinVersion: tls.VersionTLS12}
	}
	return o, h.addCluster(o)
}

// addCluster connects the node to the others.
func (h *Hub) addCluster(o *server.Options) error {
	nodes := h.cfg.Cluster
	if len(nodes) == 0 {
		return nil
	}
	if !slices.ContainsFunc(nodes, func(node string) bool { return node != nodes[0] }) { // it would wait for others forever
		return fmt.Errorf("cluster of %s alone: %w", nodes[0], ErrOneNode)
	}
	if h.cfg.Node < 1 || h.cfg.Node > len(nodes) {
		return fmt.Errorf("node %d: must be from 1 to %d, the number of addresses of the cluster", h.cfg.Node, len(nodes))
	}
	host, port, err := splitAddress(nodes[h.cfg.Node-1])
	if err != nil {
		return err
	}
	o.Cluster = server.ClusterOpts{Name: natslog.ClusterName(len(nodes)), Host: host, Port: port}
	if c := h.cfg.Certificate; c != nil && h.cfg.Roots != nil {
		o.Cluster.TLSConfig = &tls.Config{
			Certificates: []tls.Certificate{*c}, RootCAs: h.cfg.Roots, ClientCAs: h.cfg.Roots,
			ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
		}
		o.Cluster.TLSTimeout = 5
	}
	if h.cfg.Secret != "" {
		o.Cluster.Username, o.Cluster.Password, o.Cluster.AuthTimeout = "node", h.cfg.Secret, 5
	}
	for _, node := range nodes {
		nodeHost, _, err := splitAddress(node)
		if err != nil {
			return err
		}
		if !isLoopback(nodeHost) && h.cfg.Secret == "" {
			return fmt.Errorf("cluster address %s: %w", node, ErrNoSecret)
		}
		u := &url.URL{Scheme: "nats-route", Host: node}
		if h.cfg.Secret != "" {
			u.User = url.UserPassword("node", h.cfg.Secret)
		}
		o.Routes = append(o.Routes, u)
	}
	return nil
}

func splitAddress(s string) (string, int, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, fmt.Errorf("address %q: must be HOST:PORT", s)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("address %q: must be HOST:PORT", s)
	}
	return host, int(n), nil
}

func isLoopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }

// teams returns the teams that have users.
func (h *Hub) teams() []string {
	var list []string
	for _, u := range h.cfg.Users {
		if !slices.Contains(list, u.Team) {
			list = append(list, u.Team)
		}
	}
	return list
}

// createStreams creates the streams of teams, whose users may not. It tries until the hub is
// closed: in a cluster, the other nodes must be there.
func (h *Hub) createStreams(teams []string, create func(team string) error) {
	for len(teams) > 0 && h.ctx.Err() == nil {
		if err := create(teams[0]); err != nil {
			h.cfg.Logger.Debug("create the streams of a team; tried again", "team", teams[0], "err", err)
			_ = pause.For(h.ctx, time.Second) // the loop checks the context
			continue
		}
		teams = teams[1:]
	}
}

func (h *Hub) createFor(team string) error {
	pair := h.admins[team]
	key, err := pair.PublicKey()
	if err != nil {
		return err
	}
	a := natslog.Address{Servers: []string{"in-process"}, Team: team}
	options := []nats.Option{nats.InProcessServer(h.server), nats.Nkey(key, pair.Sign)}
	l, err := natslog.Open(h.ctx, natslog.Config{
		Address: a, KeepAge: h.cfg.KeepAge, KeepBytes: h.cfg.KeepBytes, Logger: h.cfg.Logger, Options: options,
	})
	if err != nil {
		return err
	}
	return l.Close()
}

// serverLog passes the messages of the server on.
type serverLog struct{ log *slog.Logger }

func (s serverLog) Noticef(format string, v ...any) { s.log.Debug(text(format, v)) }
func (s serverLog) Warnf(format string, v ...any)   { s.log.Info(text(format, v)) }
func (s serverLog) Fatalf(format string, v ...any)  { s.log.Error(text(format, v)) }
func (s serverLog) Errorf(format string, v ...any)  { s.log.Warn(text(format, v)) }
func (s serverLog) Debugf(string, ...any)           {}
func (s serverLog) Tracef(string, ...any)           {}

func text(format string, v []any) string {
	return "nats: " + strings.TrimSpace(fmt.Sprintf(format, v...))
}
