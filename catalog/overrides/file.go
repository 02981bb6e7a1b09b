package overrides

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/safefile"
)

const (
	maxFile    = 4 << 20  // bytes of a file that is edited
	maxJournal = 32 << 20 // bytes of the journal
	maxUndo    = 100      // changes that can be undone
	maxBefore  = 8 << 20  // bytes of the texts in the journal
)

// Errors of changes.
var (
	// ErrMoved is the error for a change of another version than the file has.
	ErrMoved = errors.New("the file has changed since")
	// ErrNothing is the error of Undo if there is nothing to undo.
	ErrNothing = errors.New("no correction can be undone")
)

// File is a corrections file that is edited. Its methods may be called from any goroutine, and by
// several processes at a time.
type File struct {
	// Path is the file, which need not exist.
	Path string
	// Journal is the path of the file that keeps what it takes to undo changes. It is for this Path
	// alone, its folder exists, and it is private: it has former texts of the file.
	Journal string
}

// State is what a file has.
type State struct {
	Text    []byte // nil if there is no file
	Version string // of the text; "" if there is no file
}

// versionOf returns the version of a text, nil for no file.
func versionOf(text []byte) string {
	if text == nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Read returns what the file has.
func (f *File) Read() (State, error) {
	text, err := safefile.Read(os.OpenFile, f.Path, maxFile)
	switch _, isPath := errors.AsType[*fs.PathError](err); {
	case errors.Is(err, fs.ErrNotExist):
		return State{}, nil
	case isPath: // which names the file
		return State{}, err
	case err != nil:
		return State{}, fmt.Errorf("%s: %w", f.Path, err)
	}
	return State{text, versionOf(text)}, nil
}

// journal is what the journal keeps.
type journal struct {
	Changes []journalEntry `json:"changes"` // the newest last
}

type journalEntry struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	// Before is the text before the change, nil if there was no file. After is the version that the
	// change made.
	Before []byte `json:"before"`
	Absent bool   `json:"absent,omitempty"` // there was no file
	After  string `json:"after"`
}

func (f *File) journal() *safefile.Shared[journal] {
	return &safefile.Shared[journal]{
		Path: f.Journal, Max: maxJournal, New: func() *journal { return &journal{} }, Check: func(*journal) error { return nil },
	}
}

// Change makes a change if the file still has a version, else it returns [ErrMoved]. It calls check
// with the corrections before it writes, and writes nothing if that fails. It returns the new
// state.
func (f *File) Change(ctx context.Context, version string, c Change, check func(*correction.Corrections) error) (State, error) {
	var out State
	err := f.journal().Update(func(j *journal) error {
		now, err := f.expect(&version)
		if err != nil {
			return err
		}
		text, err := Edit(ctx, now.Text, c)
		if err != nil {
			return fmt.Errorf("correct %s: %w", f.Path, err)
		}
		out = State{text, versionOf(text)}
		if bytes.Equal(text, now.Text) {
			return nil
		}
		corrections, err := Parse(text)
		if err != nil {
			return err
		}
		if err := check(&corrections); err != nil {
			return err
		}
		if err := safefile.Write(ctx, f.Path, 0o644, text); err != nil {
			return err
		}
		j.add(journalEntry{At: time.Now().UTC(), What: c.String(), Before: now.Text, Absent: now.Version == "", After: out.Version})
		return nil
	})
	return out, err
}

// expect returns the state of the file if it has a version, unless nil.
func (f *File) expect(version *string) (State, error) {
	now, err := f.Read()
	if err == nil && version != nil && now.Version != *version {
		err = fmt.Errorf("%s: %w", f.Path, ErrMoved)
	}
	return now, err
}

// add appends an entry, and removes the oldest if there are too many.
func (j *journal) add(e journalEntry) {
	j.Changes = append(j.Changes, e)
	size := 0
	for i := len(j.Changes) - 1; i >= 0; i-- {
		if size += len(j.Changes[i].Before); size > maxBefore || len(j.Changes)-i > maxUndo {
			j.Changes = append([]journalEntry{}, j.Changes[i+1:]...)
			return
		}
	}
}

// Undone is a change that was undone.
type Undone struct {
	What string
	State
}

// Last returns the change that Undo would undo. The error is [ErrNothing] if there is no such
// change, and [ErrMoved] if the file was changed by other means since.
func (f *File) Last() (Undone, error) {
	j, err := f.journal().Read()
	if err != nil {
		return Undone{}, err
	}
	now, err := f.Read()
	if err != nil {
		return Undone{}, err
	}
	return f.last(j, now)
}

func (f *File) last(j *journal, now State) (Undone, error) {
	if len(j.Changes) == 0 {
		return Undone{}, ErrNothing
	}
	e := j.Changes[len(j.Changes)-1]
	u := Undone{What: e.What, State: State{Text: e.Before}}
	if e.Absent {
		u.Text = nil
	} else if u.Text == nil {
		u.Text = []byte{}
	}
	u.Version = versionOf(u.Text)
	if now.Version != e.After {
		return u, fmt.Errorf("%s: %w the correction %q was made, by another program", f.Path, ErrMoved, e.What)
	}
	return u, nil
}

// Undo undoes the newest change that was not undone. The file gets the bytes that it had before, or
// is removed if the change made it. If version is not nil, the file must have it.
func (f *File) Undo(ctx context.Context, version *string) (Undone, error) {
	var u Undone
	err := f.journal().Update(func(j *journal) error {
		now, err := f.expect(version)
		if err != nil {
			return err
		}
		if u, err = f.last(j, now); err != nil {
			return err
		}
		if u.Text == nil {
			err = os.Remove(f.Path)
		} else {
			err = safefile.Write(ctx, f.Path, 0o644, u.Text)
		}
		if err == nil {
			j.Changes = j.Changes[:len(j.Changes)-1]
		}
		return err
	})
	return u, err
}
