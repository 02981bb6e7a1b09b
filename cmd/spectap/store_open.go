package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// open opens the store that the command line names. While another process has it and serves it, as a proxy that
// records does, it is used through that one.
func (p *program) open(o store.Options) (control.Store, error) {
	path := p.dbPath()
	if o.Logger == nil {
		log, err := p.logger()
		if err != nil {
			return nil, err
		}
		o.Logger = log
	}
	o.Upgrading = p.tellUpgrade
	st, err := control.Open(context.Background(), path, o)
	if o.ReadOnly && errors.Is(err, store.ErrOldVersion) {
		if err = upgrade(path, o); err == nil {
			st, err = control.Open(context.Background(), path, o)
		}
	}
	if err != nil {
		return nil, storeHint(path, err)
	}
	return st, nil
}

// openLearning opens the store to read it and to save what is learnt from it. Where it may not be written, as in a
// folder of somebody else's, it can still be read.
func (p *program) openLearning() (st control.Store, readOnly bool, err error) {
	st, err = p.open(store.Options{})
	if unwritable(err) {
		st, err = p.open(store.Options{ReadOnly: true})
		return st, true, err
	}
	return st, false, err
}

// unwritable says whether an error comes from a file or file system that may only be read.
func unwritable(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, errReadOnlyFS)
}

// tellUpgrade tells that a store is about to be brought up to date: older versions will not open it any more.
func (p *program) tellUpgrade(from, to uint32) {
	fmt.Fprintf(p.stderr, "spectap: bringing %s from format %d to %d\n", p.dbPath(), from, to)
}

// upgrade brings a store up to date, which one that is open for reading only cannot be.
func upgrade(path string, o store.Options) error {
	o.ReadOnly = false
	db, err := store.Open(path, o)
	if err != nil {
		return err
	}
	return db.Close()
}

// storeHint adds what to type when a store could not be opened or written.
func storeHint(path string, err error) error {
	try := ""
	switch {
	case errors.Is(err, store.ErrNotExist):
		try = "spectap import --db " + quoteArg(path) + " FILE.har   # or: spectap proxy --db " + quoteArg(path)
	case errors.Is(err, store.ErrLocked):
		try = "fuser " + quoteArg(path) + "   # shows which process has it; stop that, or name another file with --db"
	case errors.Is(err, control.ErrProtocol):
		try = "spectap version   # the proxy that runs is of another version: stop it, or use the same version"
	case errors.Is(err, store.ErrVersion):
		try = "spectap version   # this one is older than the file: update it, or name another file with --db"
	case errors.Is(err, store.ErrNotStore) && looksLikeTraffic(path):
		try = "spectap import " + quoteArg(path) + "   # --db names the store, not the file to read"
	case errors.Is(err, store.ErrNotStore):
		try = "another file with --db: this one is left as it is"
	case errors.Is(err, control.ErrOwnerGone):
		try = "the same again: the proxy that had the store has ended"
	case errors.Is(err, store.ErrDamaged):
		try = "another file with --db, such as a copy of this one: it cannot be read as a whole"
	case errors.Is(err, store.ErrCorrupt):
		try = "spectap store compact --db " + quoteArg(path) + "   # leaves out what cannot be read, and says what that is"
	case errors.Is(err, store.ErrFull):
		try = "df -h " + quoteArg(filepath.Dir(path)) + "   # is there room? spectap flows rm and spectap store compact make some"
	case errors.Is(err, store.ErrReadOnly), unwritable(err):
		try = "ls -ld " + quoteArg(filepath.Dir(path)) + "   # who may write there; or name another place with --db"
	default:
		return err
	}
	return &hint{err, try}
}

// looksLikeTraffic says whether a file has a name that import takes.
func looksLikeTraffic(path string) bool {
	switch filepath.Ext(path) {
	case ".har", ".gz", ".json", ".flow", ".flows", ".mitm":
		return true
	}
	return false
}

// quoteArg writes an argument so that it can be pasted into a shell.
func quoteArg(s string) string {
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '/' || c == '.' || c == '_' || c == '-' || c == '~' || c == ':' || c == '\\') {
			return shellQuote(s)
		}
	}
	return s
}

// redactor returns the redactor whose placeholders are those of the store, with the rules of the configuration.
func (p *program) redactor(ctx context.Context, st store.Keyed) (*redact.Redactor, error) {
	c, err := loadConfig(p.global.config)
	if err != nil {
		return nil, err
	}
	key, err := st.Secret(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the store's secret: %w", err)
	}
	return redact.New(key, redact.Config{Rules: c.rules}), nil
}
