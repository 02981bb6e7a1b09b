package mcpconfig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/spectap/spectap/internal/safefile"
)

// maxFile bounds the size of a configuration file. Claude Code keeps its history in it.
const maxFile = 64 << 20

// backupSuffix is the end of the name of a backup.
const backupSuffix = ".spectap-backup"

var (
	// ErrForeign is the error for a server of that name that another program provides.
	ErrForeign = errors.New("belongs to another program")
	// ErrChanged is the error for a file that changed after the plan was made.
	ErrChanged = errors.New("changed meanwhile")
)

// Change is a planned change of a configuration file. It holds the file's text, which may have
// secrets of other servers: print [Client.Entry] instead.
type Change struct {
	Path    string
	Exists  bool // the file exists
	Present bool // the file had an entry of that name
	before  []byte
	after   []byte
	scope   Scope
	root    string // the folder that the file must be in, or "" for any
}

// Empty reports whether there is nothing to change.
func (c *Change) Empty() bool { return c.Exists && bytes.Equal(c.before, c.after) }

// Entry returns the entry of a server as a file of its own.
func (c *Client) Entry(s *Server) (string, error) {
	if err := s.check(c); err != nil {
		return "", err
	}
	after, err := c.edited(nil, s)
	return string(after), err
}

// Add plans to add a server to a client's configuration, or to bring its entry up to date. Members
// of the entry that a person added stay.
func Add(c *Client, e *Environment, scope Scope, s *Server) (*Change, error) {
	if err := s.check(c); err != nil {
		return nil, err
	}
	return plan(c, e, scope, s.Name, func(before []byte) ([]byte, error) { return c.edited(before, s) })
}

// Remove plans to remove a server from a client's configuration.
func Remove(c *Client, e *Environment, scope Scope, name string) (*Change, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return plan(c, e, scope, name, func(before []byte) ([]byte, error) { return c.removed(before, name) })
}

// plan reads a file, edits it and checks the result.
func plan(c *Client, e *Environment, scope Scope, name string, edit func([]byte) ([]byte, error)) (*Change, error) {
	path, err := c.File(e, scope)
	if err != nil {
		return nil, err
	}
	ch := &Change{Path: path, scope: scope}
	if scope == Project {
		ch.root = e.Project
	}
	if ch.before, ch.Exists, err = ch.read(); err != nil {
		return nil, err
	}
	old, err := c.decode(ch.before)
	if err != nil {
		return nil, err
	}
	entry, present := c.entry(old, name)
	if ch.Present = present; present && !isOurs(entry) {
		return nil, ErrForeign
	}
	if ch.after, err = edit(ch.before); err != nil {
		return nil, err
	}
	changed, err := c.decode(ch.after)
	if err != nil || !reflect.DeepEqual(c.others(old, name), c.others(changed, name)) {
		return nil, fmt.Errorf("has a form that cannot be edited safely (%q in an unusual place)", c.servers)
	}
	return ch, nil
}

// edited returns a configuration with a server.
func (c *Client) edited(before []byte, s *Server) ([]byte, error) {
	settings := c.settings(s)
	table := []string{c.servers, s.Name}
	if c.toml {
		f, err := parseTOML(before)
		if err != nil {
			return nil, err
		}
		return f.set(table, settings)
	}
	f, err := parseJSON(before)
	if err != nil {
		return nil, err
	}
	old, err := f.decode()
	if err != nil {
		return nil, err
	}
	if _, present := c.entry(old, s.Name); !present {
		var whole object
		for _, x := range settings {
			whole = whole.put(x.path, x.value)
		}
		return f.set(table, whole)
	}
	for _, x := range settings {
		path := append(table[:2:2], x.path...)
		if sameValue(f.at(path), x.value) {
			continue
		}
		if before, err = f.set(path, x.value); err != nil {
			return nil, err
		}
		if f, err = parseJSON(before); err != nil {
			return nil, err
		}
	}
	return before, nil
}

// removed returns a configuration without a server.
func (c *Client) removed(before []byte, name string) ([]byte, error) {
	table := []string{c.servers, name}
	if c.toml {
		f, err := parseTOML(before)
		if err != nil {
			return nil, err
		}
		return f.remove(table), nil
	}
	f, err := parseJSON(before)
	if err != nil {
		return nil, err
	}
	after, _, err := f.remove(table)
	return after, err
}

func (c *Client) decode(text []byte) (map[string]any, error) {
	if c.toml {
		f, err := parseTOML(text)
		if err != nil {
			return nil, err
		}
		return f.values, nil
	}
	f, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	return f.decode()
}

// entry returns the entry of a server.
func (c *Client) entry(all map[string]any, name string) (entry any, present bool) {
	servers, _ := all[c.servers].(map[string]any)
	entry, present = servers[name]
	return entry, present
}

// others returns a configuration without one server. If it is the only server, the table of servers
// is removed too.
func (c *Client) others(all map[string]any, name string) map[string]any {
	servers, ok := all[c.servers].(map[string]any)
	if !ok {
		return all
	}
	all, servers = maps.Clone(all), maps.Clone(servers)
	delete(servers, name)
	if all[c.servers] = servers; len(servers) == 0 {
		delete(all, c.servers)
	}
	return all
}

// read reads the file. A file that does not exist is empty.
func (c *Change) read() (data []byte, exists bool, err error) {
	real, err := filepath.EvalSymlinks(c.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(c.Path); err == nil {
			return nil, false, errors.New("is a symbolic link to nothing")
		}
		return nil, false, nil
	}
	if err != nil {
		return nil, false, plain(err)
	}
	if err := c.inside(real); err != nil {
		return nil, false, err
	}
	info, err := os.Stat(real)
	switch {
	case err != nil:
		return nil, false, plain(err)
	case !info.Mode().IsRegular():
		return nil, false, errors.New("is not a regular file")
	case info.Size() > maxFile:
		return nil, false, fmt.Errorf("has more than %d MiB", maxFile>>20)
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, false, plain(err)
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, maxFile))
	return data, true, plain(err)
}

// inside refuses a file of a project that is outside the project: a repository of other people may
// contain a link to a file of the user.
func (c *Change) inside(real string) error {
	if c.root == "" {
		return nil
	}
	root, err := filepath.EvalSymlinks(c.root)
	if err != nil {
		return plain(err)
	}
	if rel, err := filepath.Rel(root, real); err != nil || !filepath.IsLocal(rel) {
		return errors.New("is a link out of the project")
	}
	return nil
}

// Apply writes the file, and a backup next to it if it existed. It returns the path of the backup.
// The file is replaced in one step and keeps its mode; a symbolic link stays.
func (c *Change) Apply(ctx context.Context) (backup string, err error) {
	now, exists, err := c.read()
	if err != nil {
		return "", err
	}
	if exists != c.Exists || !bytes.Equal(now, c.before) {
		return "", ErrChanged
	}
	// Settings may hold credentials of other servers. Those of a project are for its readers.
	file, folder := fs.FileMode(0o600), fs.FileMode(0o700)
	if c.scope == Project {
		file, folder = 0o644, 0o755
	}
	if !exists {
		if err := os.MkdirAll(filepath.Dir(c.Path), folder); err != nil {
			return "", plain(err)
		}
		if dir, err := filepath.EvalSymlinks(filepath.Dir(c.Path)); err != nil {
			return "", plain(err)
		} else if err := c.inside(dir); err != nil {
			return "", err
		}
	} else if backup, err = c.backUp(ctx); err != nil {
		return "", fmt.Errorf("write the backup %s: %w", backup, plain(err))
	}
	return backup, plain(safefile.Write(ctx, c.Path, file, c.after))
}

// backUp writes the old content next to the file. A link at that place is replaced, not followed.
func (c *Change) backUp(ctx context.Context) (path string, err error) {
	path = c.Path + backupSuffix
	info, err := os.Stat(c.Path)
	if err != nil {
		return path, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	return path, safefile.Write(ctx, path, info.Mode().Perm(), c.before)
}

// plain removes the path from an error, since the caller adds it.
func plain(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok && !strings.HasSuffix(p.Path, backupSuffix) {
		return p.Err
	}
	return err
}
