package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// Open opens the store of the command line. If another process owns and serves it, such as a
// recording proxy, open connects to that process.
func (p *Program) Open(o store.Options) (control.Store, error) { return p.OpenAt(p.DBPath(), o) }

// OpenAt is open for the store at path.
func (p *Program) OpenAt(path string, o store.Options) (control.Store, error) {
	if o.Logger == nil {
		log, err := p.Logger()
		if err != nil {
			return nil, err
		}
		o.Logger = log
	}
	st, err := control.Open(context.Background(), path, o)
	if err != nil {
		return nil, StoreHint(path, err)
	}
	if p.Global.Session == "" || o.Create {
		return st, nil
	}
	return p.ViewSession(st)
}

// ViewSession returns a view of the session that the command line names. It closes st on an error.
func (p *Program) ViewSession(st control.Store) (control.Store, error) {
	s, err := FindSession(context.Background(), st, p.Global.Session)
	if err != nil {
		st.Close()
		return nil, err
	}
	return &sessionStore{store.OfSession(st, s), wholeStore{st}}, nil
}

// OpenLearningAt opens the store at path for reading flows, and returns the policy for saving a
// model. A store that cannot be written, such as one in a folder of another user, is opened for
// reading only.
func (p *Program) OpenLearningAt(path string) (st control.Store, save catalog.SavePolicy, err error) {
	st, err = p.OpenAt(path, store.Options{})
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errReadOnlyFS) {
		st, err = p.OpenAt(path, store.Options{ReadOnly: true})
		return st, catalog.SaveNever, err
	}
	return st, catalog.SaveAlways, err
}

// pathHint is the hint for an error about a file: {path} is the file and {dir} its folder.
type pathHint struct {
	is  error
	try string
}

var storeHints = []pathHint{
	{store.ErrNotExist, "spectap import --db {path} FILE.har   # or: spectap run --db {path} -- CMD…"},
	{store.ErrLocked, "fuser {path}   # shows which process uses it; stop that process, or name another file with --db"},
	{control.ErrProtocol, "spectap version   # the running proxy has another version: stop it, or use the same version"},
	{control.ErrForeign, "ls -ld {dir} {path}.sock   # shows whose socket it is; remove it, or keep the store in a private folder"},
	{store.ErrVersion, "spectap version   # this version is older than the file: update spectap, or name another file with --db"},
	{store.ErrNotStore, "another file with --db; this one was not changed"},
	{control.ErrOwnerGone, "the same command again: the proxy that owned the store has ended"},
	{store.ErrExposed, "chmod 600 {path}   # another user may have changed it: check what it holds"},
	{store.ErrDamaged, "another file with --db, such as a backup of this one"},
	{store.ErrCorrupt, "spectap store compact --db {path}   # drops flows that cannot be read, and lists them"},
	{store.ErrFull, "df -h {dir}   # shows free space; spectap flows rm and spectap store compact make room"},
	{store.ErrReadOnly, unwritableHint}, {fs.ErrPermission, unwritableHint}, {errReadOnlyFS, unwritableHint},
}

const unwritableHint = "ls -ld {dir} {path}   # shows whose they are; or name another file with --db"

// StoreHint adds a hint to an error of opening or writing a store.
func StoreHint(path string, err error) error {
	if try := hintOf(storeHints, path, err); try != "" {
		return WithHint(err, try)
	}
	return err
}

// hintOf returns the first hint of a table that matches an error, or "".
func hintOf(table []pathHint, path string, err error) string {
	for _, h := range table {
		if errors.Is(err, h.is) {
			return strings.NewReplacer("{path}", QuoteArg(path), "{dir}", QuoteArg(filepath.Dir(path))).Replace(h.try)
		}
	}
	return ""
}

// Redactor returns a redactor with the placeholder key of the store and the rules of the
// configuration. There is one for each open store, so that its credentials are learned once.
func (p *Program) Redactor(ctx context.Context, st store.Keyed) (*redact.Redactor, error) {
	if s, ok := st.(*sessionStore); ok {
		st = s.Store
	}
	if r, ok := p.redactors.Load(st); ok {
		return r.(*redact.Redactor), nil
	}
	c, err := LoadConfig(p.Global.Config)
	if err != nil {
		return nil, err
	}
	key, err := st.Secret(ctx)
	if err != nil {
		return nil, err
	}
	cfg := redact.Config{Rules: c.Rules, Budget: &p.budget}
	r := redact.New(key, cfg)
	if s, ok := st.(catalog.Store); ok {
		db, _ := st.(*store.DB)
		if r, err = catalog.Redactor(ctx, learned{s, p}, key, cfg, func(u *redact.Used) {
			if db != nil {
				p.unsaved.Store(&unsaved{db.Path(), key, u})
			}
		}); err != nil {
			return nil, err
		}
	}
	p.redactors.Store(st, r)
	return r, nil
}

// Delete deletes the flows that a query selects, after [Program.LearnCredentials].
func (p *Program) Delete(ctx context.Context, st control.Store, q store.Query) (int, error) {
	if err := p.LearnCredentials(ctx, st); err != nil {
		return 0, err
	}
	return st.Delete(ctx, q)
}

// LearnCredentials saves the credentials that the clients of a store used. It comes before flows
// are deleted, since the flows that stay may contain credentials of those that go.
func (p *Program) LearnCredentials(ctx context.Context, st store.Keyed) error {
	s, ok := st.(catalog.Store)
	if !ok {
		return nil
	}
	r, err := p.Redactor(ctx, st)
	if err != nil || r.Used() == nil {
		return err
	}
	stat, err := s.Stat(ctx)
	if err != nil || r.Used().Covered() >= stat.Last {
		return err
	}
	_ = r.Used().LearnUpTo(stat.Last) // flows of a damaged store can be deleted, too
	return catalog.SaveCredentials(ctx, s, r.Used())
}

// learned is a store whose scans show the progress of learning credentials, which takes seconds
// after a large import.
type learned struct {
	catalog.Store
	p *Program
}

// Scan implements [store.Reader].
func (l learned) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		st, end := l.p.Shown(l.Store, "learning credentials")
		defer end()
		st.Scan(ctx, q)(yield)
	}
}

// unsaved holds the credentials that a command learned from a store that it opened for reading
// only.
type unsaved struct {
	path string
	key  []byte
	used *redact.Used
}

// saveCredentials saves the learned credentials, unless another process has the store open.
func (p *Program) saveCredentials() {
	x := p.unsaved.Swap(nil)
	if x == nil {
		return
	}
	st, err := store.Open(x.path, store.Options{Timeout: -1})
	if err != nil {
		return // the next command learns them again
	}
	defer st.Close()
	ctx := context.Background()
	if key, err := st.Secret(ctx); err == nil && bytes.Equal(key, x.key) {
		_ = catalog.SaveCredentials(ctx, st, x.used)
	}
}

// lastSession names the newest session that has flows.
const lastSession = "last"

// AddSessionFlag adds --session, which restricts what open opens to the flows of one session.
func (p *Program) AddSessionFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.Global.Session, "session", "",
		"only the flows of this `session`: its number, or last, the newest with flows (spectap sessions ls)")
}

// OfWholeStore returns a program that opens the same store without a session. The page of run shows
// all flows, including those that it sends after the end of the session.
func (p *Program) OfWholeStore() *Program {
	all := &Program{Stdin: p.Stdin, Stdout: p.Stdout, Stderr: p.Stderr, Global: p.Global, Cmd: p.Cmd, Hub: p.Hub}
	all.Global.Session = ""
	return all
}

// FindSession returns the session with a number, or the newest one that has flows.
func FindSession(ctx context.Context, st store.Reader, name string) (store.Session, error) {
	all, err := st.Sessions(ctx)
	if err != nil {
		return store.Session{}, err
	}
	if len(all) == 0 {
		return store.Session{}, WithHint(fmt.Errorf("session %s: the store has no sessions", name), "spectap run -- COMMAND, which records one")
	}
	if name == lastSession {
		return lastWithFlows(ctx, st, all)
	}
	number, err := strconv.ParseUint(strings.TrimPrefix(name, "#"), 10, 64)
	if err != nil {
		return store.Session{}, WithHint(Misusef("session %q: must be a number or last", name), "spectap sessions ls")
	}
	for _, s := range all {
		if s.Number == number {
			return s, nil
		}
	}
	return store.Session{}, WithHint(fmt.Errorf("session %d: %w; the newest is %d", number, store.ErrNoSession, all[len(all)-1].Number), "spectap sessions ls")
}

// lastWithFlows returns the newest session that has flows, or the newest one if none has any. A
// person does not want to see a session without requests.
func lastWithFlows(ctx context.Context, st store.Reader, all []store.Session) (store.Session, error) {
	for _, s := range slices.Backward(all) {
		q := s.Query()
		q.NoBodies, q.Limit = true, 1
		for _, err := range st.Scan(ctx, q) {
			return s, err
		}
	}
	return all[len(all)-1], nil
}

// sessionStore is a view of a store that has only one session. It does not use the model of the
// whole store, and keeps no model of the session.
type sessionStore struct {
	*store.SessionReader
	wholeStore
}

// wholeStore has the methods that a view of a session does not override. It is embedded one level
// deeper.
type wholeStore struct{ control.Store }

// Unwrap returns the whole store.
func (s *sessionStore) Unwrap() control.Store { return s.Store }

func (s *sessionStore) Reader() store.Reader { return s.SessionReader }

func (s *sessionStore) Delete(ctx context.Context, q store.Query) (int, error) {
	return s.Store.Delete(ctx, s.Narrow(q))
}

func (s *sessionStore) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	data, basis, err := s.Store.LoadModel(ctx, name)
	if len(basis.Covers) > 0 { // it has learned from other sessions too
		return nil, store.Basis{Deletions: basis.Deletions, Revision: basis.Revision}, err
	}
	return data, basis, err
}

func (s *sessionStore) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	if len(basis.Covers) > 0 {
		return nil
	}
	return s.Store.SaveModel(ctx, name, data, basis)
}
