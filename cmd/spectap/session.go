package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/ofsession"
)

// lastSession names the newest session.
const lastSession = "last"

// addSessionFlag adds --session, which restricts what open opens to the flows of one session.
func (p *program) addSessionFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.global.session, "session", "",
		"only the flows of this `session`: its number, or last (spectap sessions ls)")
}

// ofWholeStore returns a program that opens the same store without a session. The page of run shows
// all flows, also those that it sends itself once the session has ended.
func (p *program) ofWholeStore() *program {
	whole := &program{stdin: p.stdin, stdout: p.stdout, stderr: p.stderr, global: p.global, cmd: p.cmd, remote: p.remote, hub: p.hub}
	whole.global.session = ""
	return whole
}

// openSession returns a view of the session that the command line names.
func (p *program) openSession(st control.Store) (control.Store, error) {
	s, err := findSession(context.Background(), st, p.global.session)
	if err != nil {
		return nil, err
	}
	return &sessionStore{st, ofsession.New(st, s)}, nil
}

// findSession returns the session with a number, or the newest one.
func findSession(ctx context.Context, st store.Reader, name string) (store.Session, error) {
	all, err := st.Sessions(ctx)
	if err != nil {
		return store.Session{}, err
	}
	if len(all) == 0 {
		return store.Session{}, &hint{fmt.Errorf("session %s: the store has no sessions", name), "spectap run -- COMMAND, which records one"}
	}
	if name == lastSession {
		return all[len(all)-1], nil
	}
	number, err := strconv.ParseUint(strings.TrimPrefix(name, "#"), 10, 64)
	if err != nil {
		return store.Session{}, &hint{&misuse{fmt.Errorf("session %q: must be a number or last", name)}, "spectap sessions ls"}
	}
	for _, s := range all {
		if s.Number == number {
			return s, nil
		}
	}
	return store.Session{}, &hint{fmt.Errorf("session %d: %w; the newest is %d", number, store.ErrNoSession, all[len(all)-1].Number), "spectap sessions ls"}
}

// sessionStore is a store of which only one session is seen. The model of the whole store is not
// used, and a model of the session is not kept.
type sessionStore struct {
	control.Store
	view *ofsession.Reader
}

// Unwrap returns the whole store.
func (s *sessionStore) Unwrap() control.Store { return s.Store }

func (s *sessionStore) Get(ctx context.Context, n flow.Seq) (flow.Flow, error) {
	return s.view.Get(ctx, n)
}

func (s *sessionStore) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return s.view.Scan(ctx, q)
}

func (s *sessionStore) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	return s.view.Watch(ctx, after)
}

func (s *sessionStore) Stat(ctx context.Context) (store.Stat, error) { return s.view.Stat(ctx) }

func (s *sessionStore) Sessions(ctx context.Context) ([]store.Session, error) {
	return s.view.Sessions(ctx)
}

func (s *sessionStore) Snapshot(ctx context.Context, w io.Writer) error {
	return s.view.Snapshot(ctx, w)
}

func (s *sessionStore) Reader() store.Reader { return s.view }

func (s *sessionStore) Delete(ctx context.Context, q store.Query) (int, error) {
	return s.Store.Delete(ctx, s.view.Narrow(q))
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
