package natslog

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/internal/refusallog"
	"github.com/spectap/spectap/relay"
)

// Config configures a connection. Address is required.
type Config struct {
	Address Address
	// Creds is a file with the seed of an nkey, or a credentials file with a JWT as nsc writes it.
	Creds string
	// CA is a file of certificates that the server's must be signed by; it implies TLS.
	CA string
	// TLS requires TLS, with the system's certificates unless CA is set.
	TLS bool
	// Retry makes Open succeed while no server can be reached. Calls fail until one can.
	Retry bool
	// KeepAge is how long a stream that is created keeps blocks; 0 means seven days.
	KeepAge time.Duration
	// KeepBytes is how many bytes of blocks it keeps; 0 means no limit.
	KeepBytes int64
	// Timeout limits each call; 0 means ten seconds, longer than the election of a leader takes.
	Timeout time.Duration
	Logger  *slog.Logger // nil discards
	// Options are for connections within one process.
	Options []nats.Option
}

// Log is a log in JetStream. It implements [relay.Log].
type Log struct {
	cfg    Config
	nc     *nats.Conn
	js     jetstream.JetStream
	team   string
	bad    *refusallog.Log // of what others send
	denied denials

	mu      sync.Mutex
	ensured bool   // the streams exist; guarded by mu
	id      string // of the stream of blocks; guarded by mu
}

var _ relay.Log = (*Log)(nil)

// Errors of Open, in addition to relay.ErrDenied.
var (
	// ErrUnreachable means that no server of an address answers.
	ErrUnreachable = errors.New("no server answers")
	// ErrNoTeam means that the servers have no log of the team, and the credentials do not allow to
	// make one. A hub makes those of its users soon after it has started.
	ErrNoTeam = errors.New("the hub has no log of this team")
	// ErrRefused means that the servers refuse the credentials. They may learn of them later.
	ErrRefused = errors.New("the hub refuses the credentials")
	// ErrTemporary means that servers answer, and have no log at present: while they elect a
	// leader, for example.
	ErrTemporary = errors.New("the hub is not ready")
)

// Open connects to the servers of an address. If the team has no streams, and the credentials allow
// it, Open creates them. The caller closes the log.
func Open(ctx context.Context, cfg Config) (*Log, error) {
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.Timeout = cmp.Or(cfg.Timeout, 10*time.Second)
	cfg.KeepAge = cmp.Or(cfg.KeepAge, 7*24*time.Hour)
	l := &Log{cfg: cfg, team: cfg.Address.Team, bad: refusallog.New(cfg.Logger)}
	o, err := l.options()
	if err != nil {
		return nil, err
	}
	if l.nc, err = nats.Connect(strings.Join(cfg.Address.Servers, ","), o...); err != nil {
		if errors.Is(err, nats.ErrAuthorization) {
			return nil, fmt.Errorf("connect to %v: %w: %w", cfg.Address, relay.ErrDenied, err)
		}
		return nil, fmt.Errorf("connect to %v: %w: %w", cfg.Address, ErrUnreachable, err)
	}
	if l.js, err = jetstream.New(l.nc); err != nil {
		l.nc.Close()
		return nil, fmt.Errorf("connect to %v: %w", cfg.Address, err)
	}
	if err := l.ensure(ctx); err != nil && !cfg.Retry {
		l.nc.Close()
		return nil, err
	}
	return l, nil
}

// options returns the options of the connection.
func (l *Log) options() ([]nats.Option, error) {
	o := []nats.Option{
		nats.Name("spectap"), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(250*time.Millisecond, 500*time.Millisecond),
		// Without a connection, calls fail. Buffered requests would take place long after their
		// callers gave up.
		nats.ReconnectBufSize(-1),
		nats.RetryOnFailedConnect(l.cfg.Retry), nats.Timeout(5 * time.Second),
		nats.PingInterval(10 * time.Second), nats.MaxPingsOutstanding(2),
		// The library gives up after two refusals otherwise; a hub may learn of credentials later.
		nats.IgnoreAuthErrorAbort(),
		nats.ErrorHandler(l.asyncError),
	}
	if l.cfg.Creds != "" {
		user, auth, err := credentials(l.cfg.Creds)
		if err != nil {
			return nil, err
		}
		o = append(o, auth, nats.CustomInboxPrefix(InboxPrefix(user)))
	}
	if l.cfg.CA != "" || l.cfg.TLS {
		c := &tls.Config{MinVersion: tls.VersionTLS12}
		if l.cfg.CA != "" {
			pem, err := os.ReadFile(l.cfg.CA)
			if err != nil {
				return nil, fmt.Errorf("read the certificates of the hub: %w", err)
			}
			if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("%s has no certificate in PEM", l.cfg.CA)
			}
		}
		o = append(o, nats.Secure(c))
	}
	return append(o, l.cfg.Options...), nil
}

// asyncError notes what the server did not allow: requests without permission get no answer.
func (l *Log) asyncError(_ *nats.Conn, _ *nats.Subscription, err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		l.cfg.Logger.Debug("connection to the hub", "err", err)
		return
	}
	if _, rest, ok := strings.Cut(err.Error(), `to "`); ok {
		subject, _, _ := strings.Cut(rest, `"`)
		l.denied.announce(subject)
	}
}

// failed turns an error of a request into one of relay.
func failed(err error) error {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || inProcess(err)) {
		return fmt.Errorf("%w: %w", relay.ErrConflict, err)
	}
	return err
}

// inProcess reports whether a node of a cluster refused a write because another one of its subject
// is in process. A node answers a write before it marks it as done.
func inProcess(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// Close closes the connection.
func (l *Log) Close() error {
	l.nc.Close()
	return nil
}

// Connected reports whether there is a connection at present.
func (l *Log) Connected() bool { return l.nc.IsConnected() }

// StreamName returns the name of a team's stream of blocks.
func StreamName(team string) string { return "SPECTAP_" + team }

// StateName returns the name of a team's stream of values.
func StateName(team string) string { return StreamName(team) + stateSuffix }

const stateSuffix = "_state"

// idKey is the key of a stream's identity in its metadata. Caches of readers depend on it.
const idKey = "spectap.id"

// ID returns the identity of the stream of blocks, which its creator drew. It is "" before the
// stream was seen.
func (l *Log) ID() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.id
}

// ensure creates the streams, unless they exist or the credentials do not allow it.
func (l *Log) ensure(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ensured {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Timeout)
	defer cancel()
	name := StreamName(l.team)
	s, err := l.stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		switch s, err = l.create(ctx); {
		case errors.Is(err, jetstream.ErrStreamNameAlreadyInUse):
			s, err = l.stream(ctx, name)
		case errors.Is(err, relay.ErrDenied):
			err = jetstream.ErrStreamNotFound
		}
	}
	switch {
	case errors.Is(err, relay.ErrDenied): // a source may not look; the hub has made the streams
		l.ensured = true
		return nil
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return fmt.Errorf("open the log of %v: %w", l.cfg.Address, ErrNoTeam)
	case errors.Is(err, nats.ErrReconnectBufExceeded): // it keeps nothing that waits for a connection
		return fmt.Errorf("open the log of %v: %w", l.cfg.Address, ErrUnreachable)
	case err != nil:
		return fmt.Errorf("open the log of %v: %w: %w", l.cfg.Address, ErrTemporary, err)
	}
	l.id = s.CachedInfo().Config.Metadata[idKey]
	l.ensured = true
	return nil
}

func (l *Log) stream(ctx context.Context, name string) (s jetstream.Stream, err error) {
	err = l.asking(ctx, "$JS.API.STREAM.INFO."+name, func(ctx context.Context) error {
		return again(ctx, answerTime, func(ctx context.Context) error {
			s, err = l.js.Stream(ctx, name)
			return err
		})
	})
	return s, err
}

// asking runs a request to a subject. The server does not answer a forbidden request, but reports
// it separately: that ends the request with [relay.ErrDenied].
func (l *Log) asking(ctx context.Context, subject string, request func(context.Context) error) error {
	bounded, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer l.denied.await(subject, func() { cancel(fmt.Errorf("%w: %s", relay.ErrDenied, subject)) })()
	err := request(bounded)
	if cause := context.Cause(bounded); errors.Is(err, context.Canceled) && cause != nil {
		err = cause
	}
	if err != nil && l.refused() {
		return fmt.Errorf("%w: %w", ErrRefused, l.nc.LastError())
	}
	return failed(err)
}

// refused reports whether there is no connection because of the credentials.
func (l *Log) refused() bool {
	err := l.nc.LastError()
	return !l.nc.IsConnected() && (errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked))
}

// denials ends the waits for answers to requests that the server did not allow. It is safe for
// concurrent use.
type denials struct {
	mu      sync.Mutex
	next    int
	waiting map[string]map[int]func() // by subject in lower case, as the server writes it; guarded by mu
}

// await has a function called if the server does not allow a subject, until stop is called.
func (d *denials) await(subject string, denied func()) (stop func()) {
	subject = strings.ToLower(subject)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next++
	id := d.next
	if d.waiting == nil {
		d.waiting = map[string]map[int]func(){}
	}
	if d.waiting[subject] == nil {
		d.waiting[subject] = map[int]func(){}
	}
	d.waiting[subject][id] = denied
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if delete(d.waiting[subject], id); len(d.waiting[subject]) == 0 {
			delete(d.waiting, subject)
		}
	}
}

// announce calls the functions of a subject.
func (d *denials) announce(subject string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, denied := range d.waiting[strings.ToLower(subject)] {
		denied()
	}
}

// ConsumerTime is how long a stream keeps a consumer that nobody uses. A reader could leave any
// number of them behind otherwise.
const ConsumerTime = 5 * time.Minute

var consumerLimits = jetstream.StreamConsumerLimits{InactiveThreshold: ConsumerTime}

// create creates both streams.
func (l *Log) create(ctx context.Context) (jetstream.Stream, error) {
	id := make([]byte, 8)
	rand.Read(id)
	prefix := "spectap." + l.team
	replicas, maxBytes := l.replicas(), l.cfg.KeepBytes
	if maxBytes <= 0 {
		maxBytes = -1 // no limit
	}
	_, err := l.createStream(ctx, jetstream.StreamConfig{
		Name: StateName(l.team), Subjects: []string{prefix + ".state.>", prefix + ".parts.>"},
		Replicas: replicas, MaxMsgsPerSubject: 1, AllowDirect: true, AllowAtomicPublish: true,
		DenyPurge: true, Compression: jetstream.NoCompression, ConsumerLimits: consumerLimits,
	})
	if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return nil, err
	}
	return l.createStream(ctx, jetstream.StreamConfig{
		Name: StreamName(l.team), Subjects: []string{prefix + ".flows.>"},
		Replicas: replicas, MaxAge: l.cfg.KeepAge, MaxBytes: maxBytes,
		AllowDirect: true, AllowAtomicPublish: true, Duplicates: time.Second, ConsumerLimits: consumerLimits,
		Metadata: map[string]string{idKey: hex.EncodeToString(id)},
	})
}

func (l *Log) createStream(ctx context.Context, cfg jetstream.StreamConfig) (s jetstream.Stream, err error) {
	err = l.asking(ctx, "$JS.API.STREAM.CREATE."+cfg.Name, func(ctx context.Context) error {
		s, err = l.js.CreateStream(ctx, cfg)
		return err
	})
	return s, err
}

// ClusterName returns the name of a cluster of n nodes, from which clients derive the number of
// replicas of their streams.
func ClusterName(n int) string { return clusterPrefix + strconv.Itoa(n) }

const clusterPrefix = "spectap-"

// replicas returns the number of replicas of new streams.
func (l *Log) replicas() int {
	if l.cfg.Address.Replicas > 0 {
		return l.cfg.Address.Replicas
	}
	name := l.nc.ConnectedClusterName()
	if n, err := strconv.Atoi(strings.TrimPrefix(name, clusterPrefix)); err == nil && strings.HasPrefix(name, clusterPrefix) {
		return min(max(n, 1), 5)
	}
	if name != "" {
		return 3
	}
	return 1
}

// bounded returns a context for one call.
func (l *Log) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, l.cfg.Timeout)
}
