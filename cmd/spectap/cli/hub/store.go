//go:build !nohub

package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
	"github.com/spectap/spectap/store"
)

// MaxTeams is the number of teams that a hub without keys makes stores for.
const MaxTeams = 32

// storeHub is a hub without an engine: a store for each team, which it serves over a network.
type storeHub struct {
	p      *cli.Program
	dir    string
	secure bool // with TLS
	keyed  bool // only keys are admitted, also if all are removed
	keep   store.Retention
	log    *slog.Logger
	ctx    context.Context
	stop   context.CancelFunc
	tasks  sync.WaitGroup

	mu    sync.Mutex // guards the fields below
	users []natshub.User
	teams map[string]*teamStore
}

// teamStore is the store of a team as clients use it. Its model is brought up to date before it is
// loaded.
type teamStore struct {
	*store.DB
	learner *catalog.Learner
	local   *control.Server // for commands on this machine; nil if it could not start
}

// LoadModel implements [store.Models]. The learner saves its model first.
func (s *teamStore) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	if name == catalog.ModelName {
		s.learner.Save(ctx)
	}
	return s.DB.LoadModel(ctx, name)
}

// runStoreHub serves stores until the context ends.
func runStoreHub(p *cli.Program, cmd *cobra.Command, o *jetstreamFlags) error {
	if err := flagset.Check(cmd, flagset.Need("node cluster cluster-secret tls-ca", "jetstream", "")); err != nil {
		return err
	}
	log, err := p.Logger()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the hub: %w", err)
	}
	h := &storeHub{
		p: p, dir: o.dir, secure: o.Cert != "", log: log, teams: map[string]*teamStore{},
		keep: store.Retention{MaxAge: o.keepAge, MaxBytes: int64(o.keepSize)},
	}
	if h.users, o.keys, err = readUsers(o.dir); err != nil {
		return err
	}
	h.keyed = len(h.users) > 0
	l, err := h.listen(o)
	if err != nil {
		return err
	}
	h.ctx, h.stop = context.WithCancel(context.Background())
	s := control.StartNetwork(control.NetworkConfig{Listener: l, Admit: h.admit, Logger: log})
	fmt.Fprintf(p.Stdout, "listening on %s%s\n", cli.SpectapScheme, l.Addr())
	if !h.keyed {
		fmt.Fprintln(p.Stderr, "everybody on this machine may read and write; spectap hub key makes keys")
	}
	o.watchUsers(cmd.Context(), p, h)
	return errors.Join(s.Close(), h.close())
}

// listen opens the listener: with TLS, or on a loopback address without keys.
func (h *storeHub) listen(o *jetstreamFlags) (net.Listener, error) {
	rule := flagset.ListenRule{
		Flag: "--listen", Remote: h.keyed && h.secure, RemoteFlag: "keys and --tls-cert", AnyPort: "--listen 127.0.0.1:0",
		ToRemote: "spectap hub key --dir " + cli.QuoteArg(o.dir) + " --team TEAM --source NAME   # makes keys; with --tls-cert and --tls-key",
	}
	if h.keyed && !h.secure {
		return nil, cli.WithHint(errors.New("a hub with keys needs TLS: a login belongs to one TLS connection"), "--tls-cert FILE --tls-key FILE")
	}
	l, err := rule.Listen(o.listen)
	if err != nil || !h.secure {
		return l, err
	}
	c, err := o.TLS()
	if err != nil {
		l.Close()
		return nil, err
	}
	c.MinVersion = tls.VersionTLS13
	return tls.NewListener(l, c), nil
}

// SetUsers replaces the keys. A hub without keys ignores its first keys until the next start.
func (h *storeHub) SetUsers(users []natshub.User) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.keyed {
		return errors.New("restart the hub to begin the use of keys")
	}
	h.users = users
	return nil
}

// admit authenticates a caller and returns the store of its team.
func (h *storeHub) admit(l control.Login) (store.Store, control.Access, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	access := control.Access{Write: true}
	if h.keyed {
		var ok bool
		if access, ok = h.access(l); !ok {
			return nil, access, control.ErrDenied
		}
	}
	st, err := h.team(l.Team)
	return st, access, err
}

// access returns the rights of the owner of a key. The caller holds mu.
func (h *storeHub) access(l control.Login) (control.Access, bool) {
	for _, u := range h.users {
		if u.Key != l.Key || u.Team != l.Team || l.Binding == nil || !natslog.IsSigned(l.Key, l.Binding, l.Signature) {
			continue
		}
		switch u.Role {
		case natslog.RoleSource:
			return control.Access{Source: u.Name}, true
		case natslog.RoleReader:
			return control.Access{Read: true}, true
		case natslog.RoleWorker, natslog.RoleEditor, natslog.RoleAdmin:
			return control.Access{Write: true}, true
		}
	}
	return control.Access{}, false
}

// team returns the store of a team, which is made when it is first asked for. The caller holds mu.
func (h *storeHub) team(name string) (store.Store, error) {
	if st := h.teams[name]; st != nil {
		return st, nil
	}
	if err := natslog.CheckTeam(name); err != nil {
		return nil, fmt.Errorf("team %q: %w", name, err)
	}
	path := filepath.Join(h.dir, name+".db")
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && !h.keyed && len(h.teams) >= MaxTeams {
		return nil, fmt.Errorf("team %q: a hub without keys makes stores for %d teams", name, MaxTeams)
	}
	db, err := store.Open(path, store.Options{Create: true, Logger: h.log})
	if err != nil {
		return nil, err
	}
	st := &teamStore{DB: db}
	red, err := h.p.Redactor(h.ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	st.learner = catalog.NewLearner(catalog.LearnerConfig{
		Catalog: catalog.New(catalog.Config{Store: db, Save: catalog.SaveAlways}), Redact: red, Logger: h.log,
	})
	if st.local, err = control.Start(control.Config{Store: st, Path: path, Logger: h.log}); err != nil {
		h.log.Warn("commands on this machine cannot use the store by its file", "err", err)
	}
	h.tasks.Go(func() { st.learner.Run(h.ctx) })
	h.tasks.Go(func() { flagset.Retain(h.ctx, db, h.keep, h.log, new(atomic.Int64)) })
	h.teams[name] = st
	return st, nil
}

// close ends the tasks and closes the stores.
func (h *storeHub) close() (err error) {
	h.stop()
	h.tasks.Wait()
	for _, st := range h.teams {
		if st.local != nil {
			st.local.Close()
		}
		err = errors.Join(err, st.Close())
	}
	return err
}
